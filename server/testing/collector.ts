import { gunzipSync } from 'node:zlib'
import type { Behaviour } from './receiver.ts'

export interface CollectedRequest {
  readonly path: string
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** As it was before it was compressed. */
  readonly body: string
}

/** Somebody's log collector, as strict as the real one. */
export interface Collector {
  /** The ids of the events that it has indexed, in that order. */
  readonly taken: string[]
  take(request: CollectedRequest): { readonly status: number; readonly body: string }
}

/** Puts a collector behind a receiver. */
export function collect(collector: Collector): Behaviour {
  return (response, { path, headers, body }) => {
    const { 'content-encoding': encoding } = headers
    if (encoding !== undefined && encoding !== 'gzip') return void response.writeHead(415).end()
    const text = (encoding === 'gzip' ? gunzipSync(body) : body).toString()
    const answer = collector.take({ path, headers, body: text })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
  }
}

export function reply(status: number, body: unknown = '') {
  return { status, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

/** What a text is in JSON; undefined: it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string')
}
