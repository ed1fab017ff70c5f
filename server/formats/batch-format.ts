import type { Judgement } from '../domain/attempt.ts'
import type { Delivery } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { Event } from '../domain/event.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { Profile } from '../domain/profile.ts'
import { type SigningKey, webhookSignature } from '../domain/signature.ts'

/** One delivery as a batch carries it. */
export interface BatchItem {
  readonly event: Event
  readonly delivery: Pick<Delivery, 'sequence'>
}

/** What the items of a batch have in common. */
export interface BatchContext {
  readonly endpoint: Pick<Endpoint, 'id' | 'workspaceId' | 'options'>
  /** Where people reach this service, without a slash at the end. */
  readonly publicUrl: string
}

export interface BatchResponse {
  readonly status: number
  /** Its first `judgedBytes`, as UTF-8. */
  readonly body: string
}

/** The form of a request that carries many deliveries, and what its answer means. */
export interface BatchFormat {
  /** The options that it knows, each with a judge that says what is wrong with a value; null: nothing. */
  readonly options: Readonly<Record<string, (value: unknown) => string | null>>
  /** The type of the body, and what follows from the options. */
  headers(options: Endpoint['options']): Record<string, string>
  /** What stands before the first item, between two of them, and behind the last. */
  readonly open: string
  readonly between: string
  readonly close: string
  /** Gives what writes one item, the same text on every attempt. */
  writer(context: BatchContext): (item: BatchItem) => string
  readonly mostItems: number
  /** Of the whole body. */
  readonly mostBytes: number
  /** How much of an answer has to be read to judge it: at least `keptBodyBytes`. */
  readonly judgedBytes: number
  /** One judgement for all items, or one for each of them in their order. */
  judge(response: BatchResponse, items: number): Judgement | readonly Judgement[]
}

/**
 * The body of a request with the first of these items, as many as the format's limits allow; the rest is for the next
 * one. An item that is larger than the limit by itself goes alone, for the receiver to judge: it must not wait for ever.
 *
 * @returns the body, and how many items it carries: at least one
 */
export function composeBatch(
  format: BatchFormat,
  items: readonly BatchItem[],
  context: BatchContext,
): { readonly body: Buffer; readonly carried: number } {
  const write = format.writer(context)
  const between = Buffer.byteLength(format.between)
  let text = format.open
  let bytes = Buffer.byteLength(format.open) + Buffer.byteLength(format.close) - between
  let carried = 0
  for (const item of items) {
    const written = write(item)
    bytes += between + Buffer.byteLength(written)
    if (carried > 0 && (bytes > format.mostBytes || carried === format.mostItems)) break
    text += carried === 0 ? written : format.between + written
    carried++
  }
  if (carried === 0) throw new RangeError('a batch carries at least one delivery')
  return { body: Buffer.from(text + format.close), carried }
}

/** What is wrong with these options of an endpoint: a path below `options` and the reason for each fault. */
export function judgeOptions(
  profile: Profile,
  format: BatchFormat | null,
  options: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly reason: string }[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const judge = format && Object.hasOwn(format.options, name) ? format.options[name] : undefined
    const reason = judge ? judge(value) : `is not an option of the profile ${profile}`
    return reason === null ? [] : [{ name, reason }]
  })
}

/**
 * The headers of every batch, whatever its format. X-Webhook-Signature has room for one signature, so that of the secret
 * before it travels beside it for as long as it is valid.
 *
 * @param keys of the endpoint's valid secrets, the newest first
 */
export function batchHeaders(
  format: BatchFormat,
  { id, options }: BatchContext['endpoint'],
  attemptNumber: number,
  keys: readonly SigningKey[],
  body: Buffer,
): Record<string, string> {
  const [key, previous] = keys
  if (!key) throw new RangeError('an endpoint has a secret')
  return {
    ...format.headers(options),
    'X-Webhook-Id': toTypeId(idPrefix.endpoint, id),
    'X-Webhook-Attempt': String(attemptNumber),
    'X-Webhook-Signature': webhookSignature(key, body),
    ...(previous && { 'X-Webhook-Signature-Previous': webhookSignature(previous, body) }),
  }
}
