import { useQuery } from '@tanstack/react-query'
import { readEventType } from './as-written.ts'
import { api } from './client.ts'
import { useWorkspace } from './me.ts'

/** The names of the event types in the catalog, for suggestions. */
export function useEventTypeNames(): readonly string[] {
  const { id } = useWorkspace()
  const { data } = useQuery({
    queryKey: ['event-types', id, 'names'],
    queryFn: async ({ signal }) => {
      const { data: types } = await api.eventTypes.list({ workspace: id, signal }).page()
      return types.map(({ name }) => name)
    },
    staleTime: 60_000,
  })
  return data ?? none
}

/** One event type of the catalog, with its example as it was written. */
export function useEventType(name: string, { enabled = true }: { enabled?: boolean } = {}) {
  const { id } = useWorkspace()
  return useQuery({
    queryKey: ['event-types', id, 'one', name],
    queryFn: ({ signal }) => readEventType(name, id, signal),
    enabled,
  })
}

const none: readonly string[] = []
