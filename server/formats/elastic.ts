import { type Judgement, judgeStatus } from '../domain/attempt.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { BatchFormat } from './batch-format.ts'
import { cloudEventWriter, onOneLine, timeOf } from './cloud-event.ts'

const accepted: Judgement = { outcome: 'success', error: null, detail: null }
const alreadyThere = 409
const longestDetail = 200

/**
 * The bulk interface of Elasticsearch and OpenSearch: for each event a line with what to do and a line with the
 * document. `create` with the event's id makes repetitions harmless, and is all that data streams take; they also want
 * an `@timestamp`. The request as a whole succeeds with 200 even if it failed for some documents: the body says which.
 */
export const elastic: BatchFormat = {
  options: {},
  headers: () => ({ 'Content-Type': 'application/x-ndjson' }),
  open: '',
  between: '\n',
  close: '\n',
  writer(context) {
    const write = cloudEventWriter(context)
    return (item) => {
      const { id, created } = item.event
      const document = `{"@timestamp":"${timeOf(created)}",${onOneLine(write(item)).slice(1)}`
      return `{"create":{"_id":"${toTypeId(idPrefix.event, id)}"}}\n${document}`
    }
  },
  mostItems: 1_000,
  mostBytes: 10_000_000,
  // For each document some 200 bytes if it was accepted, and its error if not.
  judgedBytes: 4_000_000,
  judge({ status, body }, items) {
    const judgement = judgeStatus(status)
    if (status !== 200) {
      return judgement.outcome === 'success' ? unreadable(`the endpoint answered ${status}, not 200`) : judgement
    }
    const results = readResults(body)
    if (results?.length !== items) return unreadable('the answer is not that of a bulk request with these documents')
    return results.map(judgeResult)
  },
}

// Nothing says that an event is at fault; what was stored all the same is recognized when it comes again.
function unreadable(detail: string): Judgement {
  return { outcome: 'retry', error: 'response_rejected', detail }
}

/** The result of each document; null: there are none. */
function readResults(body: string): unknown[] | null {
  try {
    const answer: unknown = JSON.parse(body)
    return isRecord(answer) && Array.isArray(answer.items) ? answer.items : null
  } catch {
    return null
  }
}

function judgeResult(result: unknown): Judgement {
  const { create } = isRecord(result) ? result : {}
  const { status, error } = isRecord(create) ? create : {}
  if (typeof status !== 'number') return unreadable('the answer does not say what came of this document')
  if ((status >= 200 && status < 300) || status === alreadyThere) return accepted
  const outcome = status === 429 || status >= 500 ? 'retry' : 'give_up'
  return { outcome, error: 'response_rejected', detail: `the document was answered ${status}${reasonOf(error)}` }
}

function reasonOf(error: unknown): string {
  if (!isRecord(error) || typeof error.reason !== 'string') return ''
  // It comes from a receiver: what no log can show and Postgres cannot store is left out.
  return `: ${error.reason
    .slice(0, longestDetail)
    .replace(/\p{Cc}/gu, ' ')
    .toWellFormed()}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
