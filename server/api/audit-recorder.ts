import type { AuditEntry, NewAuditEntry } from '../domain/audit.ts'
import type { Database, Session } from '../storage/database.ts'
import { isDataError } from '../storage/failure.ts'
import { keepAnswer, takeIdempotencyKey } from '../storage/idempotency-key.ts'
import { recordIn } from './administration.ts'

/** What one request wants to have recorded: as a whole or not at all. */
export interface Recording {
  readonly entries: readonly NewAuditEntry[]
  readonly idempotency: { readonly key: string; readonly bodyHash: Buffer } | null
  /** The text of the answer. */
  answer(stored: readonly AuditEntry[]): string
}

interface Waiting extends Recording {
  resolve(answer: string | null): void
  reject(error: unknown): void
}

const mostEntries = 1_000
const mostBytes = 8 * 1024 * 1024

/**
 * The entries of a workspace are committed one transaction after the other, since each builds on the one before it. While
 * one commits, the next gathers: so many requests at once cost little more than one.
 */
export class AuditRecorder {
  readonly #database: Database
  readonly #now: () => Date
  readonly #recorded: (workspaceId: string) => void
  /** What waits, by workspace; an entry, also an empty one, means that a transaction is under way. */
  readonly #waiting = new Map<string, Waiting[]>()

  /** @param recorded is called when entries of a workspace are committed */
  constructor(database: Database, now: () => Date, recorded: (workspaceId: string) => void) {
    this.#database = database
    this.#now = now
    this.#recorded = recorded
  }

  /** Gives the answer once it is committed; null: the idempotency key was used before, and nothing was recorded. */
  async record(workspaceId: string, recording: Recording): Promise<string | null> {
    return await new Promise((resolve, reject) => {
      const item = { ...recording, resolve, reject }
      const waiting = this.#waiting.get(workspaceId)
      if (waiting) waiting.push(item)
      else {
        this.#waiting.set(workspaceId, [item])
        void this.#run(workspaceId)
      }
    })
  }

  async #run(workspaceId: string): Promise<void> {
    for (let waiting = this.#waiting.get(workspaceId) ?? []; waiting.length > 0; ) {
      const group = waiting.splice(0, groupLength(waiting))
      await this.#commit(workspaceId, group)
    }
    this.#waiting.delete(workspaceId)
  }

  async #commit(workspaceId: string, group: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.#database.transaction((transaction) => this.#store(transaction, workspaceId, group))
      if (answers.size > 0) this.#recorded(workspaceId)
      for (const item of group) item.resolve(answers.get(item) ?? null)
    } catch (error) {
      // One that cannot be stored must not take the others with it.
      if (isDataError(error) && group.length > 1) for (const item of group) await this.#commit(workspaceId, [item])
      else for (const item of group) item.reject(error)
    }
  }

  async #store(
    transaction: Session,
    workspaceId: string,
    group: readonly Waiting[],
  ): Promise<ReadonlyMap<Waiting, string>> {
    const now = this.#now()
    const taken: Waiting[] = []
    // In the order of the keys, as every node does it: so transactions wait for each other, but never in a circle.
    const keyOf = ({ idempotency }: Waiting) => idempotency?.key ?? ''
    for (const item of [...group].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
      const { idempotency } = item
      if (!idempotency || (await takeIdempotencyKey(transaction, workspaceId, idempotency, now))) taken.push(item)
    }
    const accepted = group.filter((item) => taken.includes(item))
    const entries = accepted.flatMap((item) => item.entries)
    const answers = new Map<Waiting, string>()
    if (entries.length === 0) return answers
    const stored = await recordIn(transaction, workspaceId, entries, now)
    let next = 0
    for (const item of accepted) {
      const answer = item.answer(stored.slice(next, next + item.entries.length))
      next += item.entries.length
      answers.set(item, answer)
      if (item.idempotency) await keepAnswer(transaction, workspaceId, item.idempotency.key, answer)
    }
    return answers
  }
}

/** How many of them make a group: at least one. */
function groupLength(waiting: readonly Waiting[]): number {
  let [entries, bytes] = [0, 0]
  const end = waiting.findIndex((item, index) => {
    entries += item.entries.length
    for (const { metadata, description } of item.entries) bytes += metadata.length + description.length
    return index > 0 && (entries > mostEntries || bytes > mostBytes)
  })
  return end < 0 ? waiting.length : end
}
