import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './eventually.ts'
import type { ServerProcess } from './server-process.ts'

export interface ShownDelivery {
  readonly id: string
  readonly event: string
  readonly endpoint: string
  readonly sequence: number
  readonly state: string
  readonly attempt_count: number
}

/** What a publisher got that sent one event, with an idempotency key, again and again until it was accepted. */
interface Publication {
  readonly number: number
  readonly ids: Set<string>
}

const pauseMs = 20

/** Publishers that never stop, and remember what they were promised. */
export class Load {
  readonly #server: ServerProcess
  readonly #workspace: string
  readonly #publications: Publication[] = []
  readonly #refusals: string[] = []
  #running: Promise<void>[] = []
  #accepted = 0
  #stopping = false
  #watchers: { count: number; resolve: () => void }[] = []

  constructor(server: ServerProcess, workspace: string) {
    this.#server = server
    this.#workspace = workspace
  }

  /** The codes of the refusals so far; `refused_connection` where nobody listened. */
  get refusals(): readonly string[] {
    return this.#refusals
  }

  /** Starts publishers. Whatever they are answered but 202, and 503 with a `Retry-After`, is a fault. */
  start(publishers: number): void {
    this.#stopping = false
    for (let count = 0; count < publishers; count++) this.#running.push(this.#publish())
  }

  /** Resolves when as many more events have been accepted. */
  async accepted(more: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#watchers.push({ count: this.#accepted + more, resolve })
    await Promise.race([promise, Promise.all(this.#running)])
  }

  /** Ends the publishers; those whose event was not accepted yet give up. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#running.splice(0))
  }

  /** Waits until everything is delivered, then checks that nothing was lost, stored twice or numbered wrongly. */
  async verify(endpoints: readonly string[], within = 30_000): Promise<readonly ShownDelivery[]> {
    let last: readonly ShownDelivery[] = []
    const deliveries = await eventually(
      async () => {
        last = await this.#server.list<ShownDelivery>(`${this.#workspace}/deliveries`)
        return last.every(({ state }) => state === 'delivered') ? last : null
      },
      { within, describe: () => JSON.stringify(last.filter(({ state }) => state !== 'delivered').slice(0, 5)) },
    )
    const events = await this.#server.list<{ id: string; tags: string[] }>(`${this.#workspace}/events`)
    const idsOf = Map.groupBy(events, ({ tags }) => Number(tags[0]))
    for (const { number, ids } of this.#publications) {
      const stored = (idsOf.get(number) ?? []).map(({ id }) => id)
      assert(stored.length <= 1, `publication ${number} is stored ${stored.length} times`)
      for (const id of ids) assert.deepEqual(stored, [id], `publication ${number} got its 202 and is not stored`)
    }
    assert(this.#accepted > 0)
    assert.equal(deliveries.length, events.length * endpoints.length)
    for (const endpoint of endpoints) {
      const own = deliveries.filter((delivery) => delivery.endpoint === endpoint)
      const sequences = own.map(({ sequence }) => sequence).sort((a, b) => a - b)
      assert.deepEqual(
        sequences,
        Array.from(sequences, (_, index) => index + 1),
        'sequences without gap or double',
      )
    }
    return deliveries
  }

  async #publish(): Promise<void> {
    while (!this.#stopping) {
      const publication: Publication = { number: this.#publications.length, ids: new Set() }
      this.#publications.push(publication)
      while (!this.#stopping && !(await this.#attempt(publication))) await sleep(pauseMs)
    }
  }

  async #attempt({ number, ids }: Publication): Promise<boolean> {
    const body = { type: 'load.event', data: { number }, tags: [`${number}`] }
    const key = { 'idempotency-key': `key-${number}` }
    const answer = await this.#server.request('POST', `${this.#workspace}/events`, body, key).catch(() => null)
    if (answer === null) {
      this.#refusals.push('refused_connection')
      return false
    }
    const { status, headers, json } = answer
    if (status === 202) {
      ids.add(json.id)
      this.#accepted++
      for (const watcher of this.#watchers) if (watcher.count <= this.#accepted) watcher.resolve()
      return true
    }
    assert.equal(status, 503, JSON.stringify(json))
    assert.match(headers.get('retry-after') ?? '', /^\d+$/)
    this.#refusals.push(json.code)
    return false
  }
}
