import type { NewAuditEntry } from '../domain/audit.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import { appendAudit } from '../storage/audit-append.ts'
import type { Database } from '../storage/database.ts'
import type { TestPipeline } from './pipeline.ts'
import type { ReceivedRequest } from './receiver.ts'

/** An entry to be recorded. */
export function entryOf(given: Partial<NewAuditEntry> & { metadataObject?: object } = {}): NewAuditEntry {
  const { metadataObject = {}, ...more } = given
  return {
    ...{ category: 'lock', action: 'created', description: '', occurredAt: null, recordedBy: 'operator' },
    actor: { type: 'user', id: 'user_1', name: null, ip: null },
    target: { type: 'stack', id: 'st_1', name: null },
    metadata: canonicalJson(metadataObject),
    ...more,
  }
}

/** Records entries in one transaction, as the API does, without telling any node; gives their ids. */
export async function appendEntries(
  database: Database,
  workspaceId: string,
  entries: readonly NewAuditEntry[],
  now = new Date(),
): Promise<string[]> {
  const stored = await database.transaction((transaction) => appendAudit(transaction, workspaceId, entries, now))
  return stored.map(({ id }) => id)
}

/** The same, and tells the node. */
export async function record(node: TestPipeline, entries: readonly NewAuditEntry[], now?: Date): Promise<string[]> {
  const ids = await appendEntries(node.database, node.workspaceId, entries, now)
  node.pipeline.audited(node.workspaceId)
  return ids
}

interface CarriedEntry {
  readonly id: string
}

/** The ids of the entries that a request of the profile cloudevents carried, in its order. */
export function entriesOf({ body }: Pick<ReceivedRequest, 'body'>): string[] {
  return (JSON.parse(body.toString()) as CarriedEntry[]).map(({ id }) => fromTypeId(idPrefix.auditEntry, id) ?? id)
}
