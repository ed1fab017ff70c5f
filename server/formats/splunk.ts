import { type Judgement, keptBodyBytes } from '../domain/attempt.ts'
import { accepted, judgeExactly, quote, readObject, rejected } from './answer.ts'
import type { BatchFormat } from './batch-format.ts'
import { nameOption, textOf, textOption } from './batch-option.ts'
import { cloudEventWriter, sinceEpoch } from './cloud-event.ts'

const product = 'atlas'
/** Splunk's own type for JSON that it takes apart without being told how. */
const json = '_json'
/** An event is at fault; those before it are indexed, and those behind it were not looked at. */
const partialCodes: readonly unknown[] = [6, 12, 13, 15]

/**
 * Splunk's HTTP Event Collector: envelopes one behind the other, with nothing that it does not know, since an unknown
 * member has it drop the rest without a word. Splunk Cloud takes 1 MB.
 */
export const splunk: BatchFormat = {
  options: {
    source: textOption('the source', `\`${product}\``),
    sourcetype: textOption('the source type', `\`${json}\``),
    host: textOption('the host', 'that of the token'),
    index: nameOption(
      ...(['the index; the token must allow it', 'that of the token'] as const),
      /^[a-z0-9_][a-z0-9_-]*$/,
      'the name of an index: lower-case letters, digits, _ and -',
    ),
  },
  headers: () => ({ 'Content-Type': 'application/json' }),
  ...{ open: '', between: '', close: '', groups: null },
  writer(context) {
    const write = cloudEventWriter(context)
    const { options } = context.endpoint
    const host = textOf(options, 'host')
    const index = textOf(options, 'index')
    const common = JSON.stringify({
      ...(host !== null && { host }),
      source: textOf(options, 'source') ?? product,
      sourcetype: textOf(options, 'sourcetype') ?? json,
      ...(index !== null && { index }),
    }).slice(1, -1)
    return (event) => `{"time":${(sinceEpoch(event.time) / 1000).toFixed(3)},${common},"event":${write(event)}}`
  },
  mostItems: 1_000,
  mostBytes: 1_000_000,
  judgedBytes: keptBodyBytes,
  judge({ status, body }, items) {
    const answer = readObject(body)
    const { code, text, 'invalid-event-number': first } = answer ?? {}
    if (status === 200 && code === 0) return accepted
    const detail = `Splunk answered ${status} with code ${code}${quote(text)}`
    if (status === 400 && partialCodes.includes(code) && isIndex(first, items)) return from(first, items, detail)
    if (typeof code !== 'number') {
      return status === 200
        ? rejected('retry', "the answer is not that of Splunk's HTTP Event Collector")
        : judgeExactly(status, 200)
    }
    // What people set up wrong at Splunk, and what Splunk has too much of, will be mended: nothing says that events are.
    return status === 200 ? rejected('retry', detail) : { ...judgeExactly(status, 200), detail }
  },
}

function isIndex(value: unknown, items: number): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < items
}

/**
 * The event at fault is given up only once it was the first: then nobody can have counted wrong, and it holds up those
 * behind it no longer.
 */
function from(first: number, items: number, detail: string): readonly Judgement[] {
  const retried = rejected('retry', detail)
  return Array.from({ length: items }, (_, index) => {
    if (index < first) return accepted
    return index === 0 ? rejected('give_up', detail) : retried
  })
}
