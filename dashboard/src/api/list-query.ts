import type { List } from '@atlas-webhooks/sdk/src/list.ts'
import { infiniteQueryOptions, type QueryKey } from '@tanstack/react-query'
import { firstStart, type ListPage, type ListWindow, type PageStart, share, startAfter } from './list-window.ts'
import { queryClient } from './query-client.ts'

/** A list of the API with its filters: what it is called in the cache, and how it is read. */
export interface ListQuery<Item> {
  readonly key: QueryKey
  /** Asks for the page after a cursor; undefined: for the first. */
  read(cursor: string | undefined, signal: AbortSignal): List<Item>
}

export function listOptions<Item>({ key, read }: ListQuery<Item>) {
  return infiniteQueryOptions<ListPage<Item>, Error, ListWindow<Item>, QueryKey, PageStart>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam.cursor, signal).page(),
    initialPageParam: firstStart,
    getNextPageParam: (last, _pages, start) => startAfter(last, start),
    structuralSharing: (before, after) => share(before as ListWindow<Item> | undefined, after as ListWindow<Item>),
  })
}

/**
 * Asks for the first page before the list is drawn. What fails, and what was read some time ago, is asked for again by
 * who shows it.
 */
export function prefetchList<Item>(list: ListQuery<Item>): void {
  if (queryClient.getQueryData(list.key) === undefined) void queryClient.prefetchInfiniteQuery(listOptions(list))
}
