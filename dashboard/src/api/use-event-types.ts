import { useQuery } from '@tanstack/react-query'
import { readEventType } from './as-written.ts'
import { api } from './client.ts'
import { useWorkspace } from './me.ts'

/** The names of the event types in the catalog, for suggestions; of the audit stream, those of the built-in actions. */
export function useEventTypeNames(stream: 'events' | 'audit' = 'events'): readonly string[] {
  const { id } = useWorkspace()
  const { data } = useQuery({
    queryKey: ['event-types', id, 'names', stream],
    queryFn: ({ signal }) => (stream === 'audit' ? auditNames(id, signal) : catalogNames(id, signal)),
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

async function catalogNames(workspace: string, signal: AbortSignal): Promise<readonly string[]> {
  const { data } = await api.eventTypes.list({ workspace, signal }).page()
  return data.map(({ name }) => name)
}

async function auditNames(workspace: string, signal: AbortSignal): Promise<readonly string[]> {
  const [{ audit_type_prefix: prefix }, { data }] = await Promise.all([
    api.workspaces.get(workspace, { signal }),
    api.auditLog.actions({ workspace, signal }).page(),
  ])
  return data.map(({ category, action }) => `${prefix}.${category}.${action}`)
}

const none: readonly string[] = []
