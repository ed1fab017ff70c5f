import type { Database } from '../storage/database.ts'
import { heartbeat, type NodeDescription, registerNode, retireNode } from '../storage/node.ts'

/** This process among the nodes. Its id changes only if the others took it for dead. */
export class Node {
  readonly #database: Database
  readonly #description: Partial<NodeDescription>
  #id: number

  private constructor(database: Database, id: number, description: Partial<NodeDescription>) {
    this.#database = database
    this.#id = id
    this.#description = description
  }

  static async register(database: Database, now: Date, description: Partial<NodeDescription> = {}): Promise<Node> {
    return new Node(database, await registerNode(database, now, description), description)
  }

  get id(): number {
    return this.#id
  }

  /** False: the others took this node for dead, and it goes on under a new id, owning nothing. */
  async beat(now: Date): Promise<boolean> {
    if (await heartbeat(this.#database, this.#id, now)) return true
    this.#id = await registerNode(this.#database, now, this.#description)
    return false
  }

  async retire(now: Date): Promise<void> {
    await retireNode(this.#database, this.#id, now)
  }
}
