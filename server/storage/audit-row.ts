import type { AuditEntry } from '../domain/audit.ts'

export interface AuditRow {
  readonly workspace_id: string
  readonly sequence: number
  readonly id: string
  readonly category: string
  readonly action: string
  readonly actor_type: string
  readonly actor_id: string
  readonly actor_name: string | null
  readonly actor_ip: string | null
  readonly target_type: string
  readonly target_id: string
  readonly target_name: string | null
  readonly description: string
  readonly metadata: string
  readonly occurred_at: Date
  readonly recorded_at: Date
  readonly recorded_by: string
  readonly previous_hash: Buffer
  readonly hash: Buffer
}

/** Of the table `e`. */
export const auditColumns = `e.workspace_id, e.sequence, e.id, e.category, e.action, e.actor_type, e.actor_id,
  e.actor_name, e.actor_ip, e.target_type, e.target_id, e.target_name, e.description, e.metadata, e.occurred_at,
  e.recorded_at, e.recorded_by, e.previous_hash, e.hash`

export function toAuditEntry(row: AuditRow): AuditEntry {
  return {
    workspaceId: row.workspace_id,
    sequence: row.sequence,
    id: row.id,
    category: row.category,
    action: row.action,
    actor: { type: row.actor_type, id: row.actor_id, name: row.actor_name, ip: row.actor_ip },
    target: { type: row.target_type, id: row.target_id, name: row.target_name },
    description: row.description,
    metadata: row.metadata,
    occurredAt: row.occurred_at,
    recordedAt: row.recorded_at,
    recordedBy: row.recorded_by,
    previousHash: row.previous_hash.toString('hex'),
    hash: row.hash.toString('hex'),
  }
}
