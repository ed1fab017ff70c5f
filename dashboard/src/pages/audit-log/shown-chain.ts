import type { AuditEntry } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { canonicalJson } from '../../../../server/domain/canonical-json.ts'

const genesisHash = '0'.repeat(64)

/** What a browser can say of the entries that it shows. */
export interface ShownChain {
  /** Entries whose hash was computed anew. */
  readonly checked: number
  /** The sequences of those that do not have the hash that they carry. */
  readonly altered: readonly number[]
  /** The sequences of those that do not follow on the entry before, which is shown too. */
  readonly unlinked: readonly number[]
  /** The sequences of those before which others are missing; a search leaves out entries by design. */
  readonly gaps: readonly number[]
}

/** @param entries newest first, as the API lists them */
export async function checkShown(entries: readonly AuditEntry[]): Promise<ShownChain> {
  const hashes = await Promise.all(entries.map(hashOf))
  const altered = entries.filter(({ hash }, index) => hash !== hashes[index])
  const unlinked = entries.filter((entry, index) => {
    const before = entry.sequence === 1 ? genesisHash : hashBefore(entry, entries[index + 1])
    return before !== null && entry.previous_hash !== before
  })
  const gaps = entries.filter(({ sequence }, index) => {
    const before = entries[index + 1]
    return before !== undefined && before.sequence !== sequence - 1
  })
  return {
    checked: entries.length,
    altered: altered.map(({ sequence }) => sequence),
    unlinked: unlinked.map(({ sequence }) => sequence),
    gaps: gaps.map(({ sequence }) => sequence),
  }
}

function hashBefore({ sequence }: AuditEntry, before: AuditEntry | undefined): string | null {
  return before?.sequence === sequence - 1 ? before.hash : null
}

/** SHA-256 over the canonical form, as docs/audit-log.md has it. */
async function hashOf({ hash: _own, ...rest }: AuditEntry): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonicalJson(rest)))
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
