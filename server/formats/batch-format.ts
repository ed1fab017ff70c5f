import type { Judgement } from '../domain/attempt.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { Profile } from '../domain/profile.ts'
import { type SigningKey, webhookSignature } from '../domain/signature.ts'
import type { BatchOptions } from './batch-option.ts'
import { type BatchContext, type BatchItem, type CarriedEvent, carriedEvent } from './carried-event.ts'
import { compressionOptions, encodingHeader } from './compression.ts'

export interface BatchResponse {
  readonly status: number
  /** Its first `judgedBytes`, as UTF-8. */
  readonly body: string
}

/** For formats whose items stand in groups, each in order of time. Their answer is for all items alike. */
interface Groups {
  /** Gives what stands before the items of this one's group: those with the same text are one group. */
  opener(context: BatchContext): (event: CarriedEvent) => string
  readonly close: string
}

/** The form of a request that carries many deliveries, and what its answer means. */
export interface BatchFormat {
  /** Those that it has beside the ones of every format. */
  readonly options: BatchOptions
  /** The type of the body, and what follows from the options. */
  headers(options: Endpoint['options']): Record<string, string>
  /** What stands before the first item or group, between two items or groups, and behind the last. */
  readonly open: string
  readonly between: string
  readonly close: string
  readonly groups: Groups | null
  /** Gives what writes one item, the same text on every attempt. */
  writer(context: BatchContext): (event: CarriedEvent) => string
  readonly mostItems: number
  /** Of the whole body, before it is compressed. */
  readonly mostBytes: number
  /** How much of an answer has to be read to judge it: at least `keptBodyBytes`. */
  readonly judgedBytes: number
  /** One judgement for all items, or one for each of them in their order. */
  judge(response: BatchResponse, items: number): Judgement | readonly Judgement[]
}

interface Written {
  readonly time: number
  readonly text: string
}

const oneGroup: Groups = { opener: () => () => '', close: '' }

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
  const { opener, close } = format.groups ?? oneGroup
  const open = opener(context)
  const between = Buffer.byteLength(format.between)
  const groups = new Map<string, Written[]>()
  let bytes = Buffer.byteLength(format.open) + Buffer.byteLength(format.close) - between
  let carried = 0
  for (const item of items) {
    const event = carriedEvent(item)
    const text = write(event)
    const opening = open(event)
    const group = groups.get(opening)
    bytes += between + Buffer.byteLength(text) + (group ? 0 : Buffer.byteLength(opening + close))
    if (carried > 0 && (bytes > format.mostBytes || carried === format.mostItems)) break
    const written = { time: event.time, text }
    if (group) group.push(written)
    else groups.set(opening, [written])
    carried++
  }
  if (carried === 0) throw new RangeError('a batch carries at least one delivery')
  const texts = [...groups].map(([opening, group]) => {
    // Without groups the order stays: the answer may be about each item.
    if (format.groups) group.sort((one, other) => one.time - other.time)
    return opening + group.map(({ text }) => text).join(format.between) + close
  })
  return { body: Buffer.from(format.open + texts.join(format.between) + format.close), carried }
}

/** The options of a profile; null: it sends no batches and has none. */
export function optionsOf(format: BatchFormat | null): BatchOptions {
  return format ? { ...format.options, ...compressionOptions } : {}
}

/** What is wrong with these options of an endpoint: a path below `options` and the reason for each fault. */
export function judgeOptions(
  profile: Profile,
  format: BatchFormat | null,
  options: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly reason: string }[] {
  const known = optionsOf(format)
  return Object.entries(options).flatMap(([name, value]) => {
    const option = Object.hasOwn(known, name) ? known[name] : undefined
    const reason = option ? option.judge(value) : `is not an option of the profile ${profile}`
    return reason === null ? [] : [{ name, reason }]
  })
}

/**
 * The headers of every batch, whatever its format. X-Webhook-Signature has room for one signature, so that of the secret
 * before it travels beside it for as long as it is valid.
 *
 * @param keys of the endpoint's valid secrets, the newest first
 * @param body the bytes as they are sent
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
    ...encodingHeader(options),
    'X-Webhook-Id': toTypeId(idPrefix.endpoint, id),
    'X-Webhook-Attempt': String(attemptNumber),
    'X-Webhook-Signature': webhookSignature(key, body),
    ...(previous && { 'X-Webhook-Signature-Previous': webhookSignature(previous, body) }),
  }
}
