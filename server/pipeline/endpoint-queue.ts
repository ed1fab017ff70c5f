import { Concurrency } from '../domain/concurrency.ts'
import type { Timer } from './clock.ts'
import type { Task } from './task.ts'

/** What dispatch knows about one endpoint: its deliveries in memory, and when to look for more in the database. */
export class EndpointQueue {
  readonly endpointId: string
  readonly #tasks: (Task | undefined)[] = []
  #head = 0
  inFlight = 0
  /** Bytes of room that its deliveries take, from reservation to record. */
  held = 0
  /** When the first delivery that waits in the database is or was due; null: none is known of. */
  dueAt: number | null = null
  timer: Timer | null = null
  /** A claim is looking at this moment. */
  looking = false
  /** What that claim brings has to go back: it looked before the head of the line was known to wait for its retry. */
  outdated = false
  /** This node has put deliveries there; if another one serves the endpoint, it has to be told. */
  announce = false
  /** The delivery of a serialized endpoint whose outcome is not recorded yet: nothing may follow it. */
  unsettled: string | null = null
  /** Until the endpoint's rate allows the next request. */
  paceTimer: Timer | null = null
  /** When a claim looked last without finding a batch that was ready. */
  lookedAt = Number.NEGATIVE_INFINITY
  readonly concurrency = new Concurrency()
  /** Its last attempt failed, or there was none yet: it may take its part of the node's slots, not the others' part. */
  struggling = true
  /** Its endpoint is being loaded. */
  loading = false
  /** It is in the ring of queues that can start an attempt. */
  listed = false

  constructor(endpointId: string) {
    this.endpointId = endpointId
  }

  get waiting(): number {
    return this.#tasks.length - this.#head
  }

  get first(): Task | undefined {
    return this.#tasks[this.#head]
  }

  push(task: Task): void {
    this.#tasks.push(task)
  }

  shift(): Task | undefined {
    const task = this.#tasks[this.#head]
    if (task === undefined) return undefined
    // What has left must not be kept in memory from here.
    this.#tasks[this.#head++] = undefined
    // Moving the rest to the front for each task would cost the square of a long queue.
    if (this.#head === this.#tasks.length || (this.#head > 1_000 && this.#head * 2 > this.#tasks.length)) {
      this.#tasks.splice(0, this.#head)
      this.#head = 0
    }
    return task
  }

  /** What was taken from the front, and found no room in its request, goes first again. */
  putBack(tasks: readonly Task[]): void {
    this.#tasks.splice(this.#head, 0, ...tasks)
  }

  /** Takes up to this many for a request, in the order of their sequences: retries stand behind what came later. */
  take(most: number): Task[] {
    const tasks: Task[] = []
    for (let task = this.shift(); task !== undefined; task = this.shift()) {
      tasks.push(task)
      if (tasks.length >= most) break
    }
    return tasks.sort((one, other) => one.delivery.sequence - other.delivery.sequence)
  }

  /** Empties the queue. */
  drain(): Task[] {
    const tasks = this.#tasks.slice(this.#head).filter((task) => task !== undefined)
    this.#tasks.length = 0
    this.#head = 0
    return tasks
  }
}
