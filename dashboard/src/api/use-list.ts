import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { type ListQuery, listOptions } from './list-query.ts'
import { firstStart, type ListWindow, type PageStart, prepend, startOf, trim } from './list-window.ts'

const mostRows = 2_000

/** A list of the API as far as it was read, and how to read on. */
export interface ListState<Item> {
  readonly rows: readonly Item[]
  /** How many rows come before those: they were read and are no longer kept. */
  readonly offset: number
  /** The first page is not here yet. */
  readonly isLoading: boolean
  readonly isLoadingMore: boolean
  readonly hasMore: boolean
  readonly error: Error | null
  loadMore(): void
  /** Reads a row again that is no longer kept, unless that failed before. */
  goBackTo(row: number): void
  /** Rows before those could not be read again. */
  readonly failureBefore: { readonly error: Error; retry(): void } | null
  retry(): void
}

/**
 * @param refreshMs how often what is shown is asked for again
 * @param isWhole all that was read is kept, for who looks through it; else the last 2,000 rows
 */
export function useList<Item>(
  list: ListQuery<Item>,
  { refreshMs = false, isWhole = false }: { refreshMs?: number | false; isWhole?: boolean } = {},
): ListState<Item> {
  const client = useQueryClient()
  const { key } = list
  const query = useInfiniteQuery({
    ...listOptions(list),
    // All pages are read again, so that they go on following one another: the more of them, the more seldom.
    refetchInterval: ({ state }) => refreshMs && refreshMs * (state.data?.pages.length ?? 1),
  })
  const { data, hasNextPage, isFetchingNextPage, isPending, error, fetchNextPage, refetch } = query
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data])
  const last = data?.pages.at(-1)
  // A page may be empty although there are more: the server searches for a short time.
  const isSearching = last !== undefined && last.data.length === 0 && hasNextPage && !error
  useEffect(() => {
    if (isSearching && !isFetchingNextPage) void fetchNextPage()
  }, [isSearching, isFetchingNextPage, fetchNextPage])

  const loadMore = async () => {
    await fetchNextPage()
    const updatedAt = client.getQueryState(key)?.dataUpdatedAt
    if (isWhole || updatedAt === undefined) return
    client.setQueryData<ListWindow<Item>>(key, (window) => window && trim(window, 'first', mostRows), { updatedAt })
  }
  const back = useMutation({
    mutationFn: async ({ row, first, of }: { row: number; first: PageStart; of: ListQuery<Item> }) => {
      const start = startOf(row, first.before ?? firstStart)
      const page = await of.read(start.cursor, new AbortController().signal).page()
      // What is read meanwhile belongs to the window of before.
      await client.cancelQueries({ queryKey: of.key, exact: true })
      client.setQueryData<ListWindow<Item>>(
        of.key,
        (window) => window && trim(prepend(window, page, start), 'last', mostRows),
      )
    },
  })
  const first = data?.pageParams[0]
  // Of this window, that is: it may be of another list meanwhile, or have moved.
  const isOfWindow = back.variables?.first === first
  const isGoingBack = back.isPending && isOfWindow
  const failureBefore =
    back.isError && isOfWindow ? { error: back.error, retry: () => back.mutate(back.variables) } : null
  return {
    rows,
    offset: first?.at ?? 0,
    isLoading: isPending,
    isLoadingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    error,
    loadMore: () => {
      if (hasNextPage && !isFetchingNextPage && !isGoingBack) void loadMore()
    },
    goBackTo: (row) => {
      if (first?.before && !isGoingBack && !failureBefore) back.mutate({ row, first, of: list })
    },
    failureBefore,
    retry: () => void refetch(),
  }
}
