import { setTimeout as sleep } from 'node:timers/promises'
import { openRunningDatabase } from './data-directory.ts'

export interface LongestTransaction {
  readonly ms: number
  /** Where it was when it had lasted that long. */
  readonly state: string
  readonly waitsFor: string
  readonly statement: string
}

const periodMs = 10

const oldestStatement = {
  name: 'oldest-transaction',
  text: `
select extract(epoch from clock_timestamp() - xact_start)::float8 * 1000 as ms, state,
  coalesce(wait_event_type || ' ' || wait_event, 'nothing') as "waitsFor", regexp_replace(query, '\\s+', ' ', 'g') as statement
from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() and xact_start is not null
order by xact_start limit 1`,
}

/**
 * Looks at the server's transactions for as long as the work takes. Gives the longest one, as far as samples show it:
 * the last hundredth of a second may be missing. null: none was seen.
 */
export async function watchTransactions<Result>(
  dataDirectory: string,
  work: () => Promise<Result>,
): Promise<{ result: Result; longest: LongestTransaction | null }> {
  const database = await openRunningDatabase(dataDirectory)
  let working = true
  const watch = async (): Promise<LongestTransaction | null> => {
    let longest: LongestTransaction | null = null
    while (working) {
      const [oldest] = await database.query<LongestTransaction>(oldestStatement)
      if (oldest !== undefined && oldest.ms > (longest?.ms ?? 0)) longest = oldest
      await sleep(periodMs)
    }
    return longest
  }
  const end = (): void => {
    working = false
  }
  try {
    const [result, longest] = await Promise.all([work().finally(end), watch()])
    return { result, longest }
  } finally {
    end()
    await database.close()
  }
}
