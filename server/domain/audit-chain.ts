import { hash } from 'node:crypto'
import { type AuditEntry, genesisHash, operatorChain } from './audit.ts'
import { canonicalJson } from './canonical-json.ts'
import { idPrefix, toTypeId } from './identifier.ts'

/** The version of the canonical form, which is part of it. */
const formVersion = 1

/** An entry as it is shown, exported and hashed: all fields, always. `hash` alone is not part of what is hashed. */
export interface AuditRecord {
  readonly v: number
  readonly workspace: string
  readonly sequence: number
  readonly id: string
  readonly category: string
  readonly action: string
  readonly actor: AuditEntry['actor']
  readonly target: AuditEntry['target']
  readonly description: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly occurred_at: string
  readonly recorded_at: string
  readonly recorded_by: string
  readonly previous_hash: string
  readonly hash: string
}

/** How the chain of a workspace is called where it is shown. */
export function chainName(workspaceId: string): string {
  return workspaceId === operatorChain ? 'operator' : toTypeId(idPrefix.workspace, workspaceId)
}

export function recordOf(entry: AuditEntry): AuditRecord {
  return {
    v: formVersion,
    workspace: chainName(entry.workspaceId),
    sequence: entry.sequence,
    id: toTypeId(idPrefix.auditEntry, entry.id),
    category: entry.category,
    action: entry.action,
    actor: entry.actor,
    target: entry.target,
    description: entry.description,
    metadata: JSON.parse(entry.metadata) as Record<string, unknown>,
    occurred_at: entry.occurredAt.toISOString(),
    recorded_at: entry.recordedAt.toISOString(),
    recorded_by: entry.recordedBy,
    previous_hash: entry.previousHash,
    hash: entry.hash,
  }
}

/** SHA-256 of the canonical form of a record (RFC 8785, UTF-8) without its own hash, in lower-case hexadecimal. */
export function hashRecord(record: object): string {
  const { hash: _own, ...rest } = record as { hash?: unknown }
  return hash('sha256', canonicalJson(rest))
}

/** The hash of an entry: the same as `hashRecord` of its record, at a fraction of the work. */
export function hashEntry(entry: Omit<AuditEntry, 'hash'>): string {
  const { actor, target } = entry
  const text = JSON.stringify
  return hash(
    'sha256',
    `{"action":${text(entry.action)},"actor":{"id":${text(actor.id)},"ip":${text(actor.ip)},"name":${text(actor.name)},"type":${text(actor.type)}},"category":${text(entry.category)},"description":${text(entry.description)},"id":"${toTypeId(idPrefix.auditEntry, entry.id)}","metadata":${entry.metadata},"occurred_at":"${entry.occurredAt.toISOString()}","previous_hash":"${entry.previousHash}","recorded_at":"${entry.recordedAt.toISOString()}","recorded_by":${text(entry.recordedBy)},"sequence":${entry.sequence},"target":{"id":${text(target.id)},"name":${text(target.name)},"type":${text(target.type)}},"v":${formVersion},"workspace":"${chainName(entry.workspaceId)}"}`,
  )
}

/** A place in a chain that is known for sure: a signed checkpoint, or where everything begins. */
export interface ChainPoint {
  readonly sequence: number
  readonly hash: string
}

export const genesis: ChainPoint = { sequence: 0, hash: genesisHash }

/** removed, reordered, altered: the entries `from` to `to`. truncated: the end, after `from`, is missing up to `to`. */
export interface ChainFault {
  readonly kind: 'removed' | 'reordered' | 'altered' | 'truncated'
  readonly from: number
  readonly to: number
  readonly detail: string
}

/**
 * Follows the entries of one chain in the order in which they come and says what is wrong with them. It keeps nothing
 * but what is missing so far, so a chain may be of any length.
 */
export class ChainVerifier {
  readonly #start: ChainPoint
  readonly #faults: ChainFault[] = []
  /** Gaps, by their first sequence: an entry that comes later out of order fills its place. */
  #missing: { from: number; to: number }[] = []
  readonly #expected = new Map<number, ChainPoint>()
  #last: ChainPoint
  /** The last known place that the chain was seen to pass. */
  #confirmed: ChainPoint
  #end: ChainPoint

  /** @param start the known place that the first entry must follow on */
  constructor(start: ChainPoint = genesis) {
    this.#start = start
    this.#last = start
    this.#confirmed = start
    this.#end = start
  }

  /** The next entry, as it was exported. */
  entry(record: object): void {
    const { sequence, hash: claimed, previous_hash: previous } = record as Readonly<Record<string, unknown>>
    if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 1) {
      const next = this.#last.sequence + 1
      this.#fault('altered', next, next, 'an entry has no sequence')
      return
    }
    const sound = typeof claimed === 'string' && hashRecord(record) === claimed
    if (!sound) this.#fault('altered', sequence, sequence, 'its content does not have the hash that it carries')
    const expected = this.#last.sequence + 1
    if (sequence < expected) {
      this.#fill(sequence)
      this.#fault('reordered', sequence, sequence, `it comes after entry ${this.#last.sequence}`)
      return
    }
    if (sequence > expected) this.#missing.push({ from: expected, to: sequence - 1 })
    else if (previous !== this.#last.hash) {
      const at = Math.max(1, sequence - 1)
      const which = this.#last === this.#start ? sequence : at
      this.#fault('altered', which, sequence, `entry ${sequence} was chained to another entry ${sequence - 1}`)
    }
    this.#last = { sequence, hash: typeof claimed === 'string' ? claimed : '' }
    const point = this.#expected.get(sequence)
    if (point) this.#compare(point)
  }

  /**
   * A known place, given before its entry comes or right after it. What was changed together with all hashes that follow
   * shows here.
   */
  checkpoint(point: ChainPoint): void {
    if (point.sequence > this.#end.sequence) this.#end = point
    if (point.sequence > this.#last.sequence) this.#expected.set(point.sequence, point)
    else if (point.sequence === this.#last.sequence) this.#compare(point)
  }

  #compare(point: ChainPoint): void {
    this.#expected.delete(point.sequence)
    if (point.hash !== this.#last.hash) {
      const from = this.#confirmed.sequence + 1
      this.#fault(
        'altered',
        Math.min(from, point.sequence),
        point.sequence,
        'a checkpoint was signed for another chain',
      )
    }
    this.#confirmed = point
  }

  /** All faults; none: nothing was changed since the checkpoints were signed, and nothing at all before the first entry. */
  finish(): readonly ChainFault[] {
    for (const { from, to } of this.#missing) this.#fault('removed', from, to, 'missing')
    this.#missing = []
    if (this.#end.sequence > this.#last.sequence) {
      const detail = `a checkpoint was signed for entry ${this.#end.sequence}`
      this.#fault('truncated', this.#last.sequence + 1, this.#end.sequence, detail)
    }
    return this.#faults
  }

  #fill(sequence: number): void {
    this.#missing = this.#missing.flatMap(({ from, to }) => {
      if (sequence < from || sequence > to) return [{ from, to }]
      return [
        { from, to: sequence - 1 },
        { from: sequence + 1, to },
      ].filter((gap) => gap.from <= gap.to)
    })
  }

  #fault(kind: ChainFault['kind'], from: number, to: number, detail: string): void {
    this.#faults.push({ kind, from, to, detail })
  }
}
