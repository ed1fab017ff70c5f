import type { EventType } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { readEventType } from './as-written.ts'
import { api } from './client.ts'
import { useWorkspace } from './me.ts'

/** All types of the catalog. */
export function catalogQuery(workspace: string) {
  return queryOptions({
    queryKey: ['event-types', workspace],
    queryFn: ({ signal }) => api.eventTypes.list({ workspace, signal }).page(),
  })
}

/** The names of the event types in the catalog, for suggestions; of the audit stream, those of the built-in actions. */
export function useEventTypeNames(stream: 'events' | 'audit' = 'events'): readonly string[] {
  const { id } = useWorkspace()
  const isAudit = stream === 'audit'
  const catalog = useQuery({ ...catalogQuery(id), select: namesOf, staleTime: 60_000, enabled: !isAudit })
  const audit = useQuery({
    queryKey: ['audit-types', id],
    queryFn: ({ signal }) => auditNames(id, signal),
    staleTime: 60_000,
    enabled: isAudit,
  })
  return (isAudit ? audit : catalog).data ?? none
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

function namesOf({ data }: { readonly data: readonly EventType[] }): readonly string[] {
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
