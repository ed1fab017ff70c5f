import { hash } from 'node:crypto'
import { uuidFloor } from './identifier.ts'

/** Who did it: a person or a program of the product, an API key, the operator, or Atlas itself. */
export interface AuditActor {
  readonly type: string
  readonly id: string
  readonly name: string | null
  readonly ip: string | null
}

/** What it was done to. */
export interface AuditTarget {
  readonly type: string
  readonly id: string
  readonly name: string | null
}

/** What is known of an entry before it has a place in a chain. */
export interface NewAuditEntry {
  readonly category: string
  readonly action: string
  readonly actor: AuditActor
  readonly target: AuditTarget
  readonly description: string
  /** A JSON object in its canonical form, see `canonicalJson`. */
  readonly metadata: string
  /** null: when it is recorded. */
  readonly occurredAt: Date | null
  /** Who said so: `atlas` of its own accord, `operator`, or the id of the API key. */
  readonly recordedBy: string
}

/** An entry of the audit log in its place: immutable. */
export interface AuditEntry extends NewAuditEntry {
  /** The workspace whose chain it belongs to; `operatorChain` for what belongs to none. */
  readonly workspaceId: string
  /** From 1, without a gap, in the order of the commits. */
  readonly sequence: number
  readonly id: string
  readonly occurredAt: Date
  /** Never before that of the entry before it. */
  readonly recordedAt: Date
  /** SHA-256 of the entry before it, in hexadecimal; `genesisHash` for the first. */
  readonly previousHash: string
  readonly hash: string
}

/** The chain of what belongs to no workspace (any more), in place of a workspace's id. */
export const operatorChain = '00000000-0000-0000-0000-000000000000'

/** What the first entry of a chain has in place of the hash of the one before it. */
export const genesisHash = '0'.repeat(64)

/** What the name of a category or of an action looks like. */
export const auditNamePattern = '^[a-z][a-z0-9_]{0,63}$'

export const longestMetadataBytes = 65_536
export const longestDescription = 2_000
const aheadMs = 5 * 60_000

/** Whether something can have occurred then: not more than five minutes ahead of our clock. */
export function isPlausibleTime(occurredAt: Date, now: Date): boolean {
  return occurredAt.getTime() <= now.getTime() + aheadMs
}

/**
 * The id of the entry with this sequence: the time of its recording as in a UUIDv7, then the low bits of its sequence, so
 * that the ids of a chain rise, then a hash of where it belongs. A function of all three: to store it twice is impossible.
 * It is of version 8, so that no event can have it, whatever id its publisher chooses.
 */
export function auditEntryId(workspaceId: string, sequence: number, recordedAt: Date): string {
  const time = uuidFloor(recordedAt.getTime()).slice(0, 13)
  const counter = (sequence % 4096).toString(16).padStart(3, '0')
  const digest = hash('sha256', `${workspaceId} ${sequence}`)
  const variant = (8 + (Number.parseInt(digest.charAt(0), 16) % 4)).toString(16)
  return `${time}-8${counter}-${variant}${digest.slice(1, 4)}-${digest.slice(4, 16)}`
}
