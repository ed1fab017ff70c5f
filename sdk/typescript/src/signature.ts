import { MalformedError } from './verification-error.ts'

/** The headers of a request: a `Headers`, or an object such as Node.js has, with names in any case. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** What the headers say about the signature. */
export interface Signed {
  /** What was signed ahead of the body. */
  readonly prefix: string
  /** In Unix seconds; null: this scheme has none. */
  readonly time: number | null
  /** Any of these may be it. */
  readonly signatures: readonly string[]
  /** The key is the whole secret as text, or the bytes that it stands for. */
  readonly key: 'text' | 'bytes'
  readonly encoding: 'hex' | 'base64'
}

// 15 digits: what every language can count with exactly.
const timePattern = /^[0-9]{1,15}$/

/**
 * Reads the headers of the first scheme that is there, or one header's value: `Atlas-Signature`, Standard Webhooks,
 * `X-Webhook-Signature`. MalformedError when there is none, or it is not what it should be.
 */
export function readSignature(headers: RequestHeaders | string): Signed {
  if (typeof headers === 'string') {
    return headers.startsWith('sha256=') ? readWebhook(headers, null) : readAtlas(headers)
  }
  const atlas = find(headers, 'atlas-signature')
  if (atlas !== null) return readAtlas(atlas)
  const standard = find(headers, 'webhook-signature')
  if (standard !== null) {
    return readStandard(standard, find(headers, 'webhook-id'), find(headers, 'webhook-timestamp'))
  }
  const webhook = find(headers, 'x-webhook-signature')
  if (webhook !== null) return readWebhook(webhook, find(headers, 'x-webhook-signature-previous'))
  throw new MalformedError('there is none of Atlas-Signature, webhook-signature and X-Webhook-Signature')
}

function find(headers: Exclude<RequestHeaders, string>, name: string): string | null {
  if (typeof headers.get === 'function') return headers.get(name)
  for (const [given, value] of Object.entries(headers)) {
    if (given.toLowerCase() !== name || value === undefined) continue
    // One that came several times is as wrong as its values in one line.
    return typeof value === 'string' ? value : (value as readonly string[]).join(', ')
  }
  return null
}

/** `t=<seconds>,v1=<hex>`, with more of `v1` while a secret is being rotated. */
function readAtlas(header: string): Signed {
  const parts = header.split(',').map((part) => {
    const [, name, value] = /^(\w+)=([!-~]*)$/.exec(part) ?? []
    if (name === undefined || value === undefined) throw new MalformedError('Atlas-Signature is not t=…,v1=…')
    return { name, value }
  })
  const valuesOf = (wanted: string) => parts.filter(({ name }) => name === wanted).map(({ value }) => value)
  const [time, another] = valuesOf('t')
  const signatures = valuesOf('v1')
  if (time === undefined || another !== undefined) throw new MalformedError('Atlas-Signature has not one t')
  if (signatures.length === 0) throw new MalformedError('Atlas-Signature has no v1')
  return { prefix: `${time}.`, time: readTime(time), signatures, key: 'text', encoding: 'hex' }
}

/** `v1,<base64>`, with more of them after single spaces. */
function readStandard(header: string, id: string | null, time: string | null): Signed {
  if (id === null || time === null) throw new MalformedError('webhook-signature needs webhook-id and webhook-timestamp')
  // A dot would move the borders between what is signed.
  if (!/^[!-\-/-~]+$/.test(id)) throw new MalformedError('webhook-id is empty, or has a dot or a space')
  const signatures = header.split(' ').flatMap((part) => {
    const [, version, value] = /^(\w+),([!-+\--~]*)$/.exec(part) ?? []
    if (version === undefined || value === undefined) throw new MalformedError('webhook-signature is not v1,…')
    return version === 'v1' ? [value] : []
  })
  if (signatures.length === 0) throw new MalformedError('webhook-signature has no v1')
  return { prefix: `${id}.${time}.`, time: readTime(time), signatures, key: 'bytes', encoding: 'base64' }
}

/** `sha256=<hex>`, and one more in a header of its own while a secret is being rotated. */
function readWebhook(header: string, previous: string | null): Signed {
  const signatures = [header, ...(previous === null ? [] : [previous])].map((value) => {
    const [, signature] = /^sha256=([!-~]*)$/.exec(value) ?? []
    if (signature === undefined) throw new MalformedError('X-Webhook-Signature is not sha256=…')
    return signature
  })
  return { prefix: '', time: null, signatures, key: 'text', encoding: 'hex' }
}

function readTime(text: string): number {
  if (!timePattern.test(text)) throw new MalformedError('the time of the signature is not a number of seconds')
  return Number(text)
}
