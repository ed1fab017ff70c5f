import { isUtf8 } from 'node:buffer'
import { maxNestingDepth } from '../domain/event.ts'
import { nestingDepth } from '../domain/json-text.ts'
import { Problem } from '../errors.ts'

/** A body that was read: its bytes as they came, the same as text, and what the text means. */
export interface Body {
  readonly raw: Buffer
  readonly text: string
  readonly value: unknown
}

/** What a publish may have beside its data: id, type, tags and the like. */
const envelopeBytes = 16_384
const batchBytes = 10_485_760

/** For every route that does not publish. */
export const ordinaryBodyBytes = 262_144

/** The largest bodies that the publish routes read, for the size of the data that they accept. */
export function publishBodyBytes(maxPayloadBytes: number): { single: number; batch: number } {
  return { single: maxPayloadBytes + envelopeBytes, batch: Math.max(batchBytes, 2 * (maxPayloadBytes + envelopeBytes)) }
}

/**
 * Reads a body as JSON (RFC 8259) by the language's own parser: `__proto__` and its like are data, and of a repeated
 * name the last value counts. null: there is no body.
 */
export function readBody(raw: Buffer): Body | null {
  if (raw.length === 0) return null
  if (!isUtf8(raw)) throw new Problem('malformed_json', 'The body is not valid UTF-8.')
  const text = raw.toString('utf8')
  // Before parsing, since what recurses over the value later must not be led into the depth of a million brackets.
  if (nestingDepth(text) > maxNestingDepth) {
    throw new Problem('malformed_json', `The body nests deeper than ${maxNestingDepth} levels.`)
  }
  try {
    return { raw, text, value: JSON.parse(text) }
  } catch (error) {
    throw new Problem('malformed_json', `The body is not valid JSON: ${describe(error)}.`)
  }
}

/** The parser's own words, which name the place; without its excerpt of the body, which may hold secrets. */
function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const place = /at position \d+( \(line \d+ column \d+\))?/.exec(message)?.[0]
  return place === undefined
    ? 'it ends too early or has a character where none may be'
    : `unexpected character ${place}`
}
