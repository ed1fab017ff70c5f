export interface GroupCommitOptions<Item> {
  /** Groups that are committed at the same time. */
  readonly lanes: number
  /** The weight at which a group is full; an item that weighs more is a group by itself. */
  readonly fullAt: number
  weight(item: Item): number
  /** Whose item it is: groups are filled in turn from everybody who waits. Without it, in order. */
  owner?(item: Item): string
  /** What a free lane waits for before it takes a group, so that the group grows; null: nothing. Must not reject. */
  gather?(): Promise<void> | null
  /**
   * Commits a group; gives what is left to do about it, such as telling each item what came of it. Must not reject.
   */
  commit(group: readonly Item[]): Promise<(() => void) | null>
}

/**
 * While one group commits, the next one gathers. Unless `gather` says otherwise nothing is delayed on purpose: an item
 * that arrives when a lane is free leaves with whatever arrived in the same turn of the event loop.
 */
export class GroupCommit<Item> {
  readonly #options: GroupCommitOptions<Item>
  /** What waits, by owner, in the order in which they get their turn. */
  readonly #waiting = new Map<string, Line<Item>>()
  #length = 0
  #free: number
  /** Groups that have left and are not done with. */
  #leaving = 0
  #starting = false
  #idle: (() => void)[] = []

  constructor(options: GroupCommitOptions<Item>) {
    this.#options = options
    this.#free = options.lanes
  }

  get length(): number {
    return this.#length
  }

  add(item: Item): void {
    const owner = this.#options.owner?.(item) ?? ''
    const line = this.#waiting.get(owner)
    if (line) line.items.push(item)
    else this.#waiting.set(owner, { items: [item], next: 0 })
    this.#length++
    if (this.#free === 0 || this.#starting) return
    this.#starting = true
    setImmediate(() => {
      this.#starting = false
      this.#fillLanes()
    })
  }

  /** Resolves when nothing waits, nothing is being committed, and nothing is left to do about what was. */
  async idle(): Promise<void> {
    if (this.#length === 0 && this.#leaving === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #fillLanes(): void {
    while (this.#free > 0 && this.#length > 0) {
      this.#free--
      this.#leaving++
      const gathering = this.#options.gather?.() ?? null
      if (gathering === null) void this.#commit()
      else {
        void gathering.then(() => this.#commit())
        return
      }
    }
  }

  async #commit(): Promise<void> {
    const group = this.#nextGroup()
    const finish = group.length > 0 ? await this.#options.commit(group) : null
    this.#free++
    const goesOn = this.#length > 0
    this.#fillLanes()
    // First the next group's statement goes out, which takes until the end of this turn: what is left to do about this
    // one takes as long as the database needs for the next.
    if (finish && goesOn) await new Promise(setImmediate)
    finish?.()
    this.#leaving--
    if (this.#length > 0 || this.#leaving > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** One item of each owner in turn, until the group is full: many items of one owner are waited for by that one only. */
  #nextGroup(): Item[] {
    const group: Item[] = []
    let weight = 0
    for (;;) {
      const [first] = this.#waiting
      if (first === undefined) return group
      const [owner, line] = first
      const item = line.items[line.next] as Item
      weight += this.#options.weight(item)
      if (group.length > 0 && weight > this.#options.fullAt) return group
      group.push(item)
      line.next++
      this.#length--
      // Behind all others, for its next turn.
      this.#waiting.delete(owner)
      if (line.next < line.items.length) this.#waiting.set(owner, compact(line))
    }
  }
}

/** Items from `next` on; those before it have left. */
interface Line<Item> {
  items: Item[]
  next: number
}

/** Items that have left must not be kept in memory for as long as the line never ends. */
function compact<Item>(line: Line<Item>): Line<Item> {
  if (line.next > 1_000 && line.next * 2 > line.items.length) {
    line.items = line.items.slice(line.next)
    line.next = 0
  }
  return line
}
