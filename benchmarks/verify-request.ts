import { createHmac } from 'node:crypto'

/** Verifies one delivery of the profile `atlas` in full, both signatures. Gives what is wrong with it, or null. */
export function verifyRequest(head: Buffer, body: Buffer, secret: string | undefined): string | null {
  if (secret === undefined) return 'nobody expects requests here'
  const headers = new Map<string, string>()
  for (const line of head.toString('latin1').split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
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
