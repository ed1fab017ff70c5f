import type { TestContext } from 'node:test'
import { pino } from 'pino'
import type { DeliveryState } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { Accept } from '../pipeline/accept.ts'
import { type Clock, systemClock } from '../pipeline/clock.ts'
import { Configuration } from '../pipeline/configuration.ts'
import { Dispatch } from '../pipeline/dispatch.ts'
import { HandOver } from '../pipeline/hand-over.ts'
import { Node } from '../pipeline/node.ts'
import { Pressure } from '../pipeline/pressure.ts'
import type { Publication } from '../pipeline/publication.ts'
import type { Task } from '../pipeline/task.ts'
import type { Database } from '../storage/database.ts'
import { createTestDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { type GivenEvent, newId, Seed, testSealing } from './seed.ts'
import { endAfter } from './teardown.ts'
import { noTunnels } from './tunnels.ts'

const log = pino({ level: 'silent' })
const settleAll = {
  name: 'settle-all',
  text: `
update deliveries set state = $2::delivery_state, owner = 0, next_attempt_at = $3 where id = any($1::uuid[])`,
}

export interface Attempted {
  readonly endpoint: Endpoint
  readonly task: Task
  /** Ends the attempt: with a success, or without one. */
  end(succeeded: boolean): void
}

/** Accept and dispatch of one node, with attempts that last until the test ends them and that nobody records. */
export class TestRooms {
  readonly seed: Seed
  readonly database: Database
  readonly configuration: Configuration
  readonly node: Node
  readonly dispatch: Dispatch
  readonly handOver: HandOver
  readonly accept: Accept
  /** Of the process; measured once it is started. */
  readonly pressure = new Pressure()
  /** Every attempt that was started, in order. */
  readonly attempts: Attempted[]
  /** How often a claim looked into the database. */
  looks = 0

  private constructor(seed: Seed, node: Node, attempts: Attempted[], given: Given) {
    const { clock = systemClock, capacity = 1_000_000, mostInFlight = 100 } = given
    this.seed = seed
    this.database = seed.database
    this.node = node
    this.attempts = attempts
    this.configuration = new Configuration(seed.database, testSealing.keyring, ({ endpoints }) => {
      for (const endpoint of endpoints) this.dispatch.endpointChanged(endpoint)
    })
    const { database, configuration, pressure } = this
    this.dispatch = new Dispatch({
      ...{ database, configuration, pressure, node, clock, log, capacity, mostInFlight, works: true },
      observeClaim: () => this.looks++,
      attempt: (endpoint, task) =>
        new Promise((end) => {
          attempts.push({ endpoint, task, end })
        }),
      attemptBatch: async () => {
        throw new Error('these rooms attempt no batches')
      },
      announce: () => {},
      tunnels: noTunnels,
    })
    this.handOver = new HandOver({
      ...{ dispatch: this.dispatch, node },
      wake: (endpointIds) => {
        for (const endpointId of endpointIds) this.dispatch.wake(endpointId, clock.now())
      },
    })
    const { dispatch, handOver } = this
    this.accept = new Accept({ database, configuration, dispatch, handOver, node, clock, log })
  }

  static async open(t: TestContext, given: Given = {}): Promise<TestRooms> {
    const { database } = given.database ?? (await createTestDatabase(t))
    const seed = await Seed.plant(database)
    const node = await Node.register(database, new Date())
    const rooms = new TestRooms(seed, node, [], given)
    endAfter(t, () => rooms.close())
    await rooms.configuration.start()
    return rooms
  }

  /** Publishes one event; gives the answer: how many deliveries it has. */
  async publish(given: GivenEvent & { bodyHash?: string } = {}): Promise<string> {
    return await this.accept.publish(this.publication(given))
  }

  publication(given: GivenEvent & { bodyHash?: string } = {}): Publication {
    const { id = newId(), type = 'deal.created', tags = [], data = '{}', key, bodyHash = 'hash' } = given
    const { workspaceId } = this.seed
    return {
      workspaceId,
      events: [
        {
          id,
          idGiven: given.id !== undefined,
          workspaceId,
          stream: 'events',
          type,
          tags,
          created: 0,
          milliseconds: 0,
          data,
        },
      ],
      idempotency: key === undefined ? null : { key, bodyHash: Buffer.from(bodyHash) },
      answer: (deliveries) => `${deliveries.join()} of ${id}`,
    }
  }

  /** The attempts, as soon as that many were started. */
  async untilAttempts(count: number): Promise<readonly Attempted[]> {
    return await eventually(() => (this.attempts.length >= count ? this.attempts : null), {
      describe: () => `${this.attempts.length} attempts instead of ${count}`,
    })
  }

  /** Ends attempts and settles their deliveries, as deliver and record would. */
  async finish(attempts: readonly Attempted[], succeeded = true): Promise<void> {
    await this.#settle(attempts, 'delivered', null)
    for (const { end, task } of attempts) {
      end(succeeded)
      this.dispatch.recorded(task, null)
    }
    await new Promise(setImmediate)
  }

  /** Ends attempts without success; their deliveries are due again then. */
  async fail(attempts: readonly Attempted[], due: number): Promise<void> {
    await this.#settle(attempts, 'retrying', due)
    for (const { end, task } of attempts) {
      end(false)
      this.dispatch.recorded(task, due)
    }
    await new Promise(setImmediate)
  }

  async #settle(attempts: readonly Attempted[], state: DeliveryState, due: number | null): Promise<void> {
    const ids = attempts.map(({ task }) => task.delivery.id)
    await this.database.execute(settleAll, [ids, state, due === null ? null : new Date(due)])
  }

  /** Ends what is under way, as a node that stops. */
  async close(): Promise<void> {
    await this.accept.stop()
    const stopped = this.dispatch.stop()
    for (const attempt of this.attempts) attempt.end(true)
    await stopped
    await this.dispatch.releaseLeases()
    await this.configuration.stop()
  }

  /** Every attempt of an endpoint so far. */
  of(endpoint: Endpoint): Attempted[] {
    return this.attempts.filter(({ task }) => task.delivery.endpointId === endpoint.id)
  }
}

interface Given {
  /** An empty one, instead of one of its own. */
  readonly database?: { readonly database: Database }
  readonly clock?: Clock
  readonly capacity?: number
  readonly mostInFlight?: number
}
