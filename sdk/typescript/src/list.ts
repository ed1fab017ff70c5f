/** Some entries of a list, and where to go on. */
export interface Page<Item> {
  readonly data: readonly Item[]
  /** null: there are no more. */
  readonly next_cursor: string | null
}

/** A list: `for await` goes through all of it, page by page. Nothing is asked for before that. */
export class List<Item> implements AsyncIterable<Item> {
  readonly #read: (cursor: string | undefined) => Promise<Page<Item>>

  /** @param read asks for the page after a cursor; undefined: for the first one, or the one that was asked for */
  constructor(read: (cursor: string | undefined) => Promise<Page<Item>>) {
    this.#read = read
  }

  /** One page: the first, or the one that the query's `cursor` asks for. */
  page(): Promise<Page<Item>> {
    return this.#read(undefined)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    let cursor: string | undefined
    do {
      const page = await this.#read(cursor)
      yield* page.data
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
  }
}
