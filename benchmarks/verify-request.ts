import { createHmac } from 'node:crypto'

/** Verifies one delivery of the profile `atlas` in full, both signatures. Gives what is wrong with it, or null. */
export function verifyRequest(head: Buffer, body: Buffer, secret: string | undefined): string | null {
  if (secret === undefined) return 'nobody expects requests here'
  const headers = readHeaders(head)
  const [, time, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers.get('atlas-signature') ?? '') ?? []
  if (hex !== createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')) return 'Atlas-Signature'
  const id = headers.get('webhook-id')
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const standard = createHmac('sha256', key)
    .update(`${id}.${headers.get('webhook-timestamp')}.`)
    .update(body)
  if (headers.get('webhook-signature') !== `v1,${standard.digest('base64')}`) return 'webhook-signature'
  if (headers.get('atlas-delivery') !== id) return 'Atlas-Delivery'
  if (!/^\d+$/.test(headers.get('atlas-sequence') ?? '')) return 'Atlas-Sequence'
  return null
}

/** Verifies one batch of the profile `cloudevents` in full. Gives what is wrong with it, or null. */
export function verifyBatch(head: Buffer, body: Buffer, secret: string | undefined): string | null {
  if (secret === undefined) return 'nobody expects batches here'
  const headers = readHeaders(head)
  if (headers.get('content-type') !== 'application/cloudevents-batch+json') return 'Content-Type'
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  if (headers.get('x-webhook-signature') !== signature) return 'X-Webhook-Signature'
  if (!headers.get('x-webhook-id')?.startsWith('ep_')) return 'X-Webhook-Id'
  if (headers.get('x-webhook-attempt') !== '1') return 'X-Webhook-Attempt'
  const events: unknown = JSON.parse(body.toString())
  if (!Array.isArray(events) || events.length === 0) return 'no array of events'
  const faulty = events.find((event) => !isCloudEvent(event))
  return faulty === undefined ? null : `no CloudEvent: ${JSON.stringify(faulty).slice(0, 300)}`
}

function isCloudEvent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const event = value as Record<string, unknown>
  const texts = ['id', 'source', 'type', 'time'].map((name) => event[name])
  return event.specversion === '1.0' && texts.every((text) => typeof text === 'string' && text !== '')
}

function readHeaders(head: Buffer): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of head.toString('latin1').split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return headers
}
