import type { List } from '@atlas-webhooks/sdk/src/list.ts'
import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'

/** A list of the API as far as it was read, and how to read on. */
export interface ListState<Item> {
  readonly rows: readonly Item[]
  /** The first page is not here yet. */
  readonly isLoading: boolean
  readonly isLoadingMore: boolean
  readonly hasMore: boolean
  readonly error: Error | null
  loadMore(): void
  retry(): void
}

/**
 * @param key names the list and its filters in the cache
 * @param read asks for the page after a cursor; undefined: for the first
 * @param refreshMs how often what is shown is asked for again
 */
export function useList<Item>(
  key: QueryKey,
  read: (cursor: string | undefined, signal: AbortSignal) => List<Item>,
  { refreshMs = false, enabled = true }: { refreshMs?: number | false; enabled?: boolean } = {},
): ListState<Item> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal).page(),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: refreshMs,
    enabled,
  })
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, refetch, isPending, error } = query
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data])
  const last = data?.pages.at(-1)
  // A page may be empty although there are more: the server searches for a short time.
  const isSearching = last !== undefined && last.data.length === 0 && hasNextPage && !error
  useEffect(() => {
    if (isSearching && !isFetchingNextPage) void fetchNextPage()
  }, [isSearching, isFetchingNextPage, fetchNextPage])
  return {
    rows,
    isLoading: enabled && isPending,
    isLoadingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    error,
    loadMore: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
    retry: () => void refetch(),
  }
}
