import type { List } from '@atlas-webhooks/sdk/src/list.ts'
import { type QueryKey, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { toast } from '../parts/toast.ts'
import { explain } from './explain.ts'
import {
  firstStart,
  type ListPage,
  type ListWindow,
  offsetOf,
  type PageStart,
  share,
  startAfter,
  startOf,
  trim,
} from './list-window.ts'

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
  /** Reads a row again that is no longer kept. */
  goBackTo(row: number): void
  retry(): void
}

/**
 * @param key names the list and its filters in the cache
 * @param read asks for the page after a cursor; undefined: for the first
 * @param refreshMs how often what is shown is asked for again
 * @param isWhole all that was read is kept, for who looks through it; else the last 2,000 rows
 */
export function useList<Item>(
  key: QueryKey,
  read: (cursor: string | undefined, signal: AbortSignal) => List<Item>,
  {
    refreshMs = false,
    enabled = true,
    isWhole = false,
  }: { refreshMs?: number | false; enabled?: boolean; isWhole?: boolean } = {},
): ListState<Item> {
  const client = useQueryClient()
  const query = useInfiniteQuery<ListPage<Item>, Error, ListWindow<Item>, QueryKey, PageStart>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam.cursor, signal).page(),
    initialPageParam: firstStart,
    getNextPageParam: (last, _pages, start) => startAfter(last, start),
    getPreviousPageParam: (_first, _pages, start) => start.before,
    structuralSharing: (before, after) => share(before as ListWindow<Item> | undefined, after as ListWindow<Item>),
    refetchInterval: refreshMs,
    enabled,
  })
  const { data, hasNextPage, isFetchingNextPage, isFetchingPreviousPage, isPending, error } = query
  const { fetchNextPage, fetchPreviousPage, refetch } = query
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data])
  const last = data?.pages.at(-1)
  // A page may be empty although there are more: the server searches for a short time.
  const isSearching = last !== undefined && last.data.length === 0 && hasNextPage && !error
  useEffect(() => {
    if (isSearching && !isFetchingNextPage) void fetchNextPage()
  }, [isSearching, isFetchingNextPage, fetchNextPage])

  const drop = (end: 'first' | 'last') => {
    const updatedAt = client.getQueryState(key)?.dataUpdatedAt
    if (isWhole || updatedAt === undefined) return
    client.setQueryData<ListWindow<Item>>(key, (window) => window && trim(window, end, mostRows), { updatedAt })
  }
  // With one page in the place of the window, which grows from there.
  const { mutate: jump, isPending: isJumping } = useMutation({
    onError: (failed) => toast(explain(failed)),
    mutationFn: async (row: number) => {
      const start = startOf(row, data?.pageParams[0] ?? firstStart)
      await client.cancelQueries({ queryKey: key, exact: true })
      const page = await read(start.cursor, new AbortController().signal).page()
      client.setQueryData<ListWindow<Item>>(key, { pages: [page], pageParams: [start] })
    },
  })
  const offset = offsetOf(data)
  return {
    rows,
    offset,
    isLoading: enabled && isPending,
    isLoadingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    error,
    loadMore: () => {
      if (hasNextPage && !isFetchingNextPage && !isJumping) void fetchNextPage().then(() => drop('first'))
    },
    goBackTo: (row) => {
      const before = data?.pageParams[0]?.before
      if (!before || isFetchingPreviousPage || isJumping) return
      if (row < before.at) jump(row)
      else void fetchPreviousPage().then(() => drop('last'))
    },
    retry: () => void refetch(),
  }
}
