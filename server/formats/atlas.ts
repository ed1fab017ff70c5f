import { apiVersion, type Event, eventTypeId } from '../domain/event.ts'
import { atlasSignature, type SigningKey, standardWebhooksSignature } from '../domain/signature.ts'

/** A request as it goes onto the wire, but for the URL and the endpoint's own headers. */
export interface RenderedRequest {
  readonly headers: Record<string, string>
  readonly body: Buffer
}

/** The body of profile `atlas`: the same bytes on every attempt. */
export function renderBody(event: Event, sequence: number): string {
  const id = eventTypeId(event)
  return `{"id":"${id}","type":${JSON.stringify(event.type)},"created":${event.created},"api_version":"${apiVersion}","sequence":${sequence},"data":${event.data}}`
}

/**
 * One event per request, signed for Stripe's verifiers (`Atlas-Signature`) and for those of Standard Webhooks.
 *
 * @param keys of the endpoint's secrets, the newest first
 * @param timestamp of the attempt, in Unix seconds: receivers refuse more than 300 seconds of difference
 */
export function renderRequest(
  event: Event,
  delivery: { readonly sequence: number; readonly attemptNumber: number },
  keys: readonly SigningKey[],
  timestamp: number,
): RenderedRequest {
  const body = Buffer.from(renderBody(event, delivery.sequence))
  const id = eventTypeId(event)
  const headers = {
    'Content-Type': 'application/json',
    'Atlas-Event': event.type,
    'Atlas-Delivery': id,
    'Atlas-Attempt': String(delivery.attemptNumber),
    'Atlas-Sequence': String(delivery.sequence),
    'Atlas-Signature': atlasSignature(keys, timestamp, body),
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': standardWebhooksSignature(keys, id, timestamp, body),
  }
  return { headers, body }
}
