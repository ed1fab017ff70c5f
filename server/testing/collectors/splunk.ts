import { type Collector, isRecord, parse, reply } from '../collector.ts'

const known = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields'])
const token = 'Splunk 12345678-1234-1234-1234-1234567890ab'

/** The texts that stand one behind the other, with white space between them at most; null: what comes is no object. */
function* envelopes(body: string): Generator<string | null> {
  let at = 0
  while (at < body.length) {
    if (/\s/.test(body[at] ?? '')) at++
    else {
      const end = body[at] === '{' ? endOfObject(body, at) : null
      yield end === null ? null : body.slice(at, end)
      if (end === null) return
      at = end
    }
  }
}

function endOfObject(body: string, begin: number): number | null {
  const token = /"(?:[^"\\]|\\.)*"|[{}]/gs
  token.lastIndex = begin
  let depth = 0
  for (let match = token.exec(body); match; match = token.exec(body)) {
    if (match[0] === '{') depth++
    if (match[0] === '}' && --depth === 0) return token.lastIndex
  }
  return null
}

/** Splunk's HTTP Event Collector: indexes up to the first envelope that is at fault, and says which that is. */
export function splunkCollector({ indexes = ['main'], blankTypes = [] as string[] } = {}) {
  const taken: string[] = []
  const metadata: Record<string, unknown>[] = []
  const fault = (code: number, text: string, index: number) => reply(400, { text, code, 'invalid-event-number': index })
  const collector: Collector = {
    taken,
    take({ headers, body }) {
      if (headers.authorization === undefined) return reply(401, { text: 'Token is required', code: 2 })
      if (headers.authorization !== token) return reply(403, { text: 'Invalid token', code: 4 })
      if (Buffer.byteLength(body) > 1_000_000) return reply(413, { text: 'Content-Length too large', code: 27 })
      if (body.trim() === '') return reply(400, { text: 'No data', code: 5 })
      for (const [index, text] of [...envelopes(body)].entries()) {
        const envelope = text === null ? undefined : parse(text)
        if (!isRecord(envelope)) return fault(6, 'Invalid data format', index)
        // As the real one does: without a word, and with the rest.
        if (Object.keys(envelope).some((name) => !known.has(name))) break
        const { event, time, index: wanted = 'main', ...rest } = envelope
        if (event === undefined) return fault(12, 'Event field is required', index)
        if (event === '' || (isRecord(event) && blankTypes.includes(String(event.type)))) {
          return fault(13, 'Event field cannot be blank', index)
        }
        if (typeof time !== 'number' || time > 1e11) return fault(6, 'Invalid data format', index)
        // This one it counts from 1.
        if (!indexes.includes(String(wanted))) return fault(7, 'Incorrect index', index + 1)
        taken.push(isRecord(event) ? String(event.id) : String(event))
        metadata.push({ ...rest, index: wanted })
      }
      return reply(200, { text: 'Success', code: 0 })
    },
  }
  return { ...collector, metadata, token }
}
