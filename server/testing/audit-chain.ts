import { type AuditEntry, auditEntryId, genesisHash } from '../domain/audit.ts'
import { type AuditRecord, hashEntry, recordOf } from '../domain/audit-chain.ts'
import { canonicalJson } from '../domain/canonical-json.ts'

/** Whose chain it is. */
export const workspaceId = '018f0000-0000-7000-8000-000000000001'
const start = Date.UTC(2026, 0, 1)

/** The records of a chain, one a second, from the first on. */
export function makeChain(length: number): AuditRecord[] {
  const records: AuditRecord[] = []
  let previousHash = genesisHash
  for (let sequence = 1; sequence <= length; sequence++) {
    const recordedAt = new Date(start + sequence * 1_000)
    const entry: Omit<AuditEntry, 'hash'> = {
      ...{ workspaceId, sequence, previousHash, recordedAt, occurredAt: new Date(start + sequence * 900) },
      ...{ id: auditEntryId(workspaceId, sequence, recordedAt), category: 'webhook', action: 'created' },
      actor: { type: 'api_key', id: `key_${sequence % 3}`, name: 'Ünïcode "quoted"', ip: '192.0.2.1' },
      target: { type: 'endpoint', id: `ep_${sequence}`, name: null },
      ...{ description: `Number ${sequence}`, recordedBy: 'atlas' },
      metadata: canonicalJson({ n: sequence, b: [1.5, 'é', null], a: { z: 1, y: -0 } }),
    }
    const hash = hashEntry(entry)
    records.push(recordOf({ ...entry, hash }))
    previousHash = hash
  }
  return records
}
