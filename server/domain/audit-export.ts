import { type ChainFault, type ChainPoint, ChainVerifier, genesis } from './audit-chain.ts'
import { type CheckpointRecord, isGenuine, type PublicJwk } from './audit-checkpoint.ts'

/** What an export of an audit log was found to be. */
export interface ExportReport {
  /** Whose log it says that it is; null: it does not say. */
  readonly workspace: string | null
  readonly entries: number
  /** The entries up to this one were purged before; 0: none was. */
  readonly purgedUpTo: number
  /** It is a part of the log: `purgedUpTo` is where it begins, and nobody says that those were purged. */
  readonly isPart: boolean
  /** The last entry; 0: there is none. */
  readonly lastSequence: number
  /** How many genuine checkpoints there are. */
  readonly checkpoints: number
  /** The last entry that one of them vouches for; 0: none does. */
  readonly signedUpTo: number
  /** When the first entry that no checkpoint vouches for was recorded; null: there is none. */
  readonly unsignedSince: string | null
  /** When the last entry was recorded; null: there is none. */
  readonly lastRecordedAt: string | null
  /** None: nothing was removed, altered, reordered or cut off that the checkpoints vouch for. */
  readonly faults: readonly ChainFault[]
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSequence = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/**
 * Follows an export line by line and says what is wrong with it: with the chain of its entries, with the signatures of
 * its checkpoints, and with its frame, which tells where it begins and ends. It holds none of the lines.
 */
export class ExportVerifier {
  readonly #keys: readonly PublicJwk[]
  readonly #faults: ChainFault[] = []
  #workspace: string | null = null
  #purgedUpTo = 0
  #isPart = false
  /** What the first line promises. */
  #promised: number | null = null
  /** Something says that it happened, or the lack of it is among the faults. */
  #isPurgeSettled = false
  /** From the first entry on, or from the checkpoint that it follows on. */
  #chain: ChainVerifier | null = null
  #lines = 0
  #entries = 0
  #last: ChainPoint = genesis
  #checkpoints = 0
  #signedUpTo = 0
  #unsignedSince: string | null = null
  #lastRecordedAt: string | null = null
  #hasEnded = false

  /** @param keys that sign, or have signed, the checkpoints of this server */
  constructor(keys: readonly PublicJwk[]) {
    this.#keys = keys
  }

  /** The next line, as JSON.parse gives it. */
  line(value: unknown): void {
    this.#lines++
    const { chain, entry, checkpoint, end } = isFields(value) ? value : {}
    if (this.#hasEnded) this.#alter('there is more behind the line that ends it')
    else if (isFields(entry)) this.#entry(entry)
    else if (isFields(checkpoint)) this.#checkpoint(checkpoint)
    else if (isFields(chain)) this.#begin(chain)
    else if (isFields(end)) this.#end(end)
    else this.#alter(`line ${this.#lines} is no line of an export`)
  }

  /** The next line, which is not JSON. */
  unreadable(): void {
    this.#lines++
    this.#alter(`line ${this.#lines} cannot be read`)
  }

  /**
   * All that was found.
   *
   * @param isDeleted whether the workspace was deleted: then its log has no entry about the last purge
   */
  finish({ isDeleted }: { isDeleted: boolean }): ExportReport {
    const chainFaults = this.#chain?.finish() ?? []
    const faults = [...this.#faults, ...chainFaults]
    if (this.#promised === null)
      faults.unshift({ kind: 'altered', from: 1, to: 1, detail: 'the export has no first line' })
    const last = this.#last.sequence
    if (!faults.some(({ kind }) => kind === 'truncated')) {
      const promised = this.#promised ?? 0
      if (promised > last) faults.push(truncated(last, promised, `the export was to go up to entry ${promised}`))
      else if (!this.#hasEnded) faults.push(truncated(last, last + 1, 'the export has no last line'))
    }
    if (this.#purgedUpTo > 0 && !this.#isPurgeSettled && !isDeleted) {
      const detail = 'missing, and no entry says that they were purged'
      faults.unshift({ kind: 'removed', from: 1, to: this.#purgedUpTo, detail })
    }
    return {
      workspace: this.#workspace,
      entries: this.#entries,
      purgedUpTo: this.#purgedUpTo,
      isPart: this.#isPart,
      lastSequence: last,
      checkpoints: this.#checkpoints,
      signedUpTo: this.#signedUpTo,
      unsignedSince: this.#unsignedSince,
      lastRecordedAt: this.#lastRecordedAt,
      faults,
    }
  }

  #begin({ workspace, after_sequence: after, last_sequence: promised, part }: Fields): void {
    if (this.#lines > 1 || !isSequence(after) || !isSequence(promised) || typeof workspace !== 'string') {
      this.#alter(`line ${this.#lines} is not the beginning of an export`)
      return
    }
    this.#workspace = workspace
    this.#purgedUpTo = after
    this.#isPart = part === true
    this.#isPurgeSettled = this.#isPart
    this.#promised = promised
    this.#last = { sequence: after, hash: after === 0 ? genesis.hash : '' }
  }

  #entry(entry: Fields): void {
    this.#requireWorkspace(entry)
    this.#chain ??= this.#startWithout(entry)
    this.#chain.entry(entry)
    this.#entries++
    const { sequence, hash, recorded_at: recordedAt } = entry
    if (isSequence(sequence) && sequence > this.#last.sequence) {
      this.#last = { sequence, hash: String(hash) }
      this.#lastRecordedAt = String(recordedAt)
      if (sequence > this.#signedUpTo) this.#unsignedSince ??= this.#lastRecordedAt
    }
    this.#isPurgeSettled ||= isPurge(entry, this.#purgedUpTo)
  }

  /** Where the first entry follows on what was purged, a checkpoint must have been signed for that. */
  #startWithout({ previous_hash: previous }: Fields): ChainVerifier {
    const after = this.#purgedUpTo
    if (after === 0) return new ChainVerifier()
    this.#fault('removed', 1, after, 'missing, and no checkpoint was signed for the last of them')
    this.#isPurgeSettled = true
    return new ChainVerifier({ sequence: after, hash: String(previous) })
  }

  #checkpoint(checkpoint: Fields): void {
    this.#requireWorkspace(checkpoint)
    const { sequence, hash } = checkpoint
    if (!isSequence(sequence) || typeof hash !== 'string') {
      this.#alter(`line ${this.#lines} is no checkpoint`)
      return
    }
    const reason = this.#whyNotGenuine(checkpoint)
    if (reason !== null) {
      this.#fault('altered', sequence, sequence, reason)
      return
    }
    const point = { sequence, hash }
    if (sequence < this.#last.sequence) {
      // Its entry has gone by, so there is nothing left to compare it with.
      this.#fault('reordered', sequence, sequence, `its checkpoint comes after entry ${this.#last.sequence}`)
      return
    }
    if (this.#chain === null) {
      const follows = sequence === this.#purgedUpTo && sequence > 0
      this.#chain = new ChainVerifier(follows ? point : genesis)
      if (follows) this.#last = point
    }
    this.#chain.checkpoint(point)
    this.#checkpoints++
    if (sequence > this.#signedUpTo) this.#signedUpTo = sequence
    if (sequence >= this.#last.sequence) this.#unsignedSince = null
  }

  #whyNotGenuine(checkpoint: Fields): string | null {
    const { key_id: keyId, signature } = checkpoint
    if (!this.#keys.some(({ kid }) => kid === keyId)) return 'its checkpoint was signed with a key that is not known'
    const isSigned = typeof signature === 'string' && isGenuine(checkpoint as unknown as CheckpointRecord, this.#keys)
    return isSigned ? null : 'the signature of its checkpoint is not genuine'
  }

  #end({ sequence, hash }: Fields): void {
    this.#hasEnded = true
    const last = this.#last
    if (sequence === last.sequence && (hash === last.hash || this.#entries === 0)) return
    const to = isSequence(sequence) ? Math.max(sequence, last.sequence + 1) : last.sequence + 1
    this.#faults.push(truncated(last.sequence, to, 'the export ended with another entry'))
  }

  #requireWorkspace({ workspace, sequence }: Fields): void {
    this.#workspace ??= typeof workspace === 'string' ? workspace : null
    if (workspace === this.#workspace) return
    const at = isSequence(sequence) ? sequence : this.#last.sequence + 1
    this.#fault('altered', at, at, 'it is of the log of another workspace')
  }

  /** Something that has no place of its own in the chain. */
  #alter(detail: string): void {
    const next = this.#last.sequence + 1
    this.#fault('altered', next, next, detail)
  }

  #fault(kind: ChainFault['kind'], from: number, to: number, detail: string): void {
    this.#faults.push({ kind, from, to, detail })
  }
}

function truncated(last: number, to: number, detail: string): ChainFault {
  return { kind: 'truncated', from: last + 1, to, detail }
}

/** The entry that each purge leaves behind. */
function isPurge({ category, action, recorded_by: by, metadata }: Fields, upTo: number): boolean {
  const isOne = category === 'workspace' && action === 'audit_log_purged' && by === 'atlas'
  return isOne && isFields(metadata) && metadata.to_sequence === upTo
}
