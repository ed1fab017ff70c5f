import type { Judgement } from '../domain/attempt.ts'
import { accepted, isObject, judgeExactly, quote, readObject, rejected } from './answer.ts'
import type { BatchFormat } from './batch-format.ts'
import { cloudEventWriter, onOneLine, timeOf } from './cloud-event.ts'

const alreadyThere = 409

/**
 * The bulk interface of Elasticsearch and OpenSearch: for each event a line with what to do and a line with the
 * document. The index and the pipeline are those of the URL. `create` with the event's id makes repetitions harmless,
 * and is all that data streams take; they also want an `@timestamp`. The request as a whole succeeds with 200 even if it
 * failed for some documents: the body says which.
 */
export const elastic: BatchFormat = {
  options: {},
  headers: () => ({ 'Content-Type': 'application/x-ndjson' }),
  ...{ open: '', between: '\n', close: '\n', groups: null },
  writer(context) {
    const write = cloudEventWriter(context)
    return (event) => {
      const document = `{"@timestamp":"${timeOf(event.time)}",${onOneLine(write(event)).slice(1)}`
      return `{"create":{"_id":"${event.id}"}}\n${document}`
    }
  },
  mostItems: 1_000,
  mostBytes: 10_000_000,
  // For each document some 200 bytes if it was accepted, and its error if not.
  judgedBytes: 4_000_000,
  judge({ status, body }, items) {
    if (status !== 200) return judgeExactly(status, 200)
    const results = readObject(body)?.items
    // Nothing says that an event is at fault; what was stored all the same is recognized when it comes again.
    if (!Array.isArray(results) || results.length !== items) {
      return rejected('retry', 'the answer is not that of a bulk request with these documents')
    }
    return results.map(judgeResult)
  },
}

function judgeResult(result: unknown): Judgement {
  const { create } = isObject(result) ? result : {}
  const { status, error } = isObject(create) ? create : {}
  if (typeof status !== 'number') return rejected('retry', 'the answer does not say what came of this document')
  if ((status >= 200 && status < 300) || status === alreadyThere) return accepted
  const reason = isObject(error) ? quote(error.reason) : ''
  const outcome = status === 429 || status >= 500 ? 'retry' : 'give_up'
  return rejected(outcome, `the document was answered ${status}${reason}`)
}
