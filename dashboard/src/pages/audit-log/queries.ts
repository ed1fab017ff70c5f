import type { AuditEntry, AuditLogListQuery } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { api } from '../../api/client.ts'
import type { ListQuery } from '../../api/list-query.ts'

/** Who did what to which thing. */
export function auditLogQuery(workspace: string, search: AuditLogListQuery): ListQuery<AuditEntry> {
  return {
    key: ['audit-log', workspace, search],
    read: (cursor, signal) => api.auditLog.list({ ...search, cursor }, { workspace, signal }),
  }
}
