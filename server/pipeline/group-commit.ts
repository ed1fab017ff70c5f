export interface GroupCommitOptions<Item> {
  /** Groups that are committed at the same time. */
  readonly lanes: number
  /** The weight at which a group is full; an item that weighs more is a group by itself. */
  readonly fullAt: number
  weight(item: Item): number
  /** What a free lane waits for before it takes a group, so that the group grows; null: nothing. Must not reject. */
  gather?(): Promise<void> | null
  /** Commits a group and tells each item what came of it. Must not reject. */
  commit(group: readonly Item[]): Promise<void>
}

/**
 * While one group commits, the next one gathers. Unless `gather` says otherwise nothing is delayed on purpose: an item
 * that arrives when a lane is free leaves with whatever arrived in the same turn of the event loop.
 */
export class GroupCommit<Item> {
  readonly #options: GroupCommitOptions<Item>
  #waiting: Item[] = []
  #free: number
  #starting = false
  #idle: (() => void)[] = []

  constructor(options: GroupCommitOptions<Item>) {
    this.#options = options
    this.#free = options.lanes
  }

  get length(): number {
    return this.#waiting.length
  }

  add(item: Item): void {
    this.#waiting.push(item)
    if (this.#free === 0 || this.#starting) return
    this.#starting = true
    setImmediate(() => {
      this.#starting = false
      this.#fillLanes()
    })
  }

  /** Resolves when nothing waits and nothing is being committed. */
  async idle(): Promise<void> {
    if (this.#waiting.length === 0 && this.#free === this.#options.lanes) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #fillLanes(): void {
    while (this.#free > 0 && this.#waiting.length > 0) {
      this.#free--
      const gathering = this.#options.gather?.() ?? null
      if (gathering === null) void this.#commit()
      else {
        void gathering.then(() => this.#commit())
        return
      }
    }
    if (this.#waiting.length > 0 || this.#free < this.#options.lanes) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #commit(): Promise<void> {
    const group = this.#nextGroup()
    try {
      if (group.length > 0) await this.#options.commit(group)
    } finally {
      this.#free++
      this.#fillLanes()
    }
  }

  #nextGroup(): Item[] {
    let weight = 0
    const full = this.#waiting.findIndex((item, index) => {
      weight += this.#options.weight(item)
      return index > 0 && weight > this.#options.fullAt
    })
    if (full === -1) {
      const group = this.#waiting
      this.#waiting = []
      return group
    }
    return this.#waiting.splice(0, full)
  }
}
