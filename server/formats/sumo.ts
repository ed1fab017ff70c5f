import { keptBodyBytes } from '../domain/attempt.ts'
import { judgeExactly } from './answer.ts'
import type { BatchFormat } from './batch-format.ts'
import { headerOption, textOf } from './batch-option.ts'
import { cloudEventWriter, onOneLine } from './cloud-event.ts'

const asOfTheSource = 'that of the source'

/** The options, and the header that each becomes. */
const headerNames = { category: 'X-Sumo-Category', name: 'X-Sumo-Name', host: 'X-Sumo-Host' } as const

/**
 * An HTTP source of Sumo Logic: a CloudEvent on each line, which it takes for a message each. Who sends is told by the
 * URL alone. Sumo Logic wants a megabyte a request at most, before compression.
 */
export const sumo: BatchFormat = {
  options: {
    category: headerOption('the source category', asOfTheSource),
    name: headerOption('the source name', asOfTheSource),
    host: headerOption('the source host', asOfTheSource),
  },
  headers(options) {
    const given = Object.entries(headerNames).flatMap(([option, header]) => {
      const value = textOf(options, option)
      return value === null ? [] : [[header, value] as const]
    })
    return { 'Content-Type': 'application/x-ndjson', ...Object.fromEntries(given) }
  },
  ...{ open: '', between: '\n', close: '\n', groups: null },
  writer(context) {
    const write = cloudEventWriter(context)
    return (event) => onOneLine(write(event))
  },
  mostItems: 1_000,
  mostBytes: 1_000_000,
  judgedBytes: keptBodyBytes,
  judge: ({ status }) => judgeExactly(status, 200),
}
