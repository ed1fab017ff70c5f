import type { Endpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'

export type Stream = 'events' | 'audit'

export interface StreamWords {
  /** What people call an endpoint of the stream. */
  readonly endpoint: string
  readonly event: string
  readonly events: string
  readonly types: string
  /** What the types are that are suggested. */
  readonly known: string
  /** Where its endpoints are listed. */
  readonly list: '/w/$workspace/endpoints' | '/w/$workspace/destinations'
}

const words: Readonly<Record<Stream, StreamWords>> = {
  events: {
    ...{ endpoint: 'endpoint', event: 'event', events: 'events', types: 'Event types', known: 'in the catalog' },
    list: '/w/$workspace/endpoints',
  },
  audit: {
    ...{ endpoint: 'destination', event: 'entry', events: 'entries', types: 'Types', known: 'that are built in' },
    list: '/w/$workspace/destinations',
  },
}

export function streamOf({ stream }: Pick<Endpoint, 'stream'>): Stream {
  return stream === 'audit' ? 'audit' : 'events'
}

/** A destination is an endpoint of the audit stream: the same pages, in the words of who looks at it. */
export function wordsOf(endpoint: Pick<Endpoint, 'stream'>): StreamWords {
  return words[streamOf(endpoint)]
}

/** At the beginning of a sentence. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
