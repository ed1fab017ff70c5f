import { type Command, Option } from 'commander'
import { count } from './option-value.ts'
import type { Output } from './output.ts'
import { type Column, table } from './view/table.ts'

export interface ListOptions {
  readonly limit: number
}

const largestPage = 200

export function limitOption(): Option {
  return new Option('--limit <n>', 'how many to show at most').default(50).argParser(count)
}

/** How many to ask for at once, to know too whether there are more. */
export function pageSize({ limit }: ListOptions): number {
  return Math.min(limit + 1, largestPage)
}

/** Prints the first entries of a list, and says it when there are none, or more. */
export async function printList<Item>(
  output: Output,
  list: AsyncIterable<Item>,
  { limit, columns, none }: ListOptions & { columns: readonly Column<Item>[]; none: string },
): Promise<void> {
  const items: Item[] = []
  let hasMore = false
  for await (const item of list) {
    hasMore = items.length === limit
    if (hasMore) break
    items.push(item)
  }
  if (items.length === 0 && !output.json) output.say(none)
  if (items.length > 0 || output.json) output.result(items, (screen) => table(items, columns, screen))
  if (hasMore) output.say(`There are more; --limit ${limit * 2} shows more of them.`)
}

/** The options that pick a stretch of time. */
export function timeOptions(command: Command, parse: (text: string) => string): Command {
  return command
    .option('--since <time>', 'from this time on: 2h (ago), 7d, 2026-01-31 or 2026-01-31T12:00:00Z', parse)
    .option('--until <time>', 'before this time', parse)
}
