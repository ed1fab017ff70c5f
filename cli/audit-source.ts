import type { Atlas, AuditEntry, AuditLogListQuery } from '@atlas-webhooks/sdk'
import type { WorkspaceSession } from './session.ts'

// The operator's routes have more: logs of deleted workspaces, and, as `operator`, of what belongs to none.
const isOperator = ({ target }: WorkspaceSession): boolean => target.key.startsWith('atlas_op_')

/** Searches the log of the session's workspace. */
export function searchLog(session: WorkspaceSession, query: AuditLogListQuery): AsyncIterable<AuditEntry> {
  const { atlas, workspace } = session
  return isOperator(session) ? atlas.auditLogs.list({ ...query, workspace }) : atlas.auditLog.list(query)
}

/** The lines of an export of the log. */
export function exportLog(session: WorkspaceSession): ReturnType<Atlas['auditLog']['export']> {
  const { atlas, workspace } = session
  return isOperator(session) ? atlas.auditLogs.export({ workspace }) : atlas.auditLog.export()
}
