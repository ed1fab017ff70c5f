import { type Judgement, keptBodyBytes } from '../domain/attempt.ts'
import { accepted, isObject, judgeExactly, quote, readObject, rejected } from './answer.ts'
import type { BatchFormat } from './batch-format.ts'
import { textOf, textOption, textsOf, textsOption } from './batch-option.ts'
import { cloudEventWriter, onOneLine, sinceEpoch, sourceOf } from './cloud-event.ts'

const product = 'atlas'
const info = { severityNumber: 9, severityText: 'INFO' }
/** OTLP/HTTP, "Retryable Response Codes": the others must not be sent again. */
const retryable: readonly number[] = [429, 502, 503, 504]

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue: string } | { readonly intValue: string }
}

/**
 * The logs of OpenTelemetry's protocol over HTTP, as JSON, for any collector and every vendor that takes it. The body of
 * a record is the CloudEvent; its attributes are those of the semantic conventions for CloudEvents.
 */
export const otlp: BatchFormat = {
  options: {
    service_name: textOption('the resource attribute `service.name`', `\`${product}\``),
    resource_attributes: textsOption('further resource attributes', /^[\w.-]+$/, 'with letters, digits, ., _ and -', [
      'service.name',
    ]),
  },
  headers: () => ({ 'Content-Type': 'application/json' }),
  ...{ open: '{"resourceLogs":[', between: ',', close: ']}' },
  groups: {
    opener({ endpoint: { options } }) {
      const named = { 'service.name': textOf(options, 'service_name') ?? product }
      const attributes = Object.entries({ ...named, ...textsOf(options, 'resource_attributes') }).map(textAttribute)
      const resource = JSON.stringify({ attributes })
      const opening = `{"resource":${resource},"scopeLogs":[{"scope":{"name":"atlas-webhooks"},"logRecords":[`
      return () => opening
    },
    close: ']}]}',
  },
  writer(context) {
    const write = cloudEventWriter(context)
    const source = sourceOf(context)
    return (event) => {
      const { id, type, time, subject, sequence } = event
      const attributes = [
        ...Object.entries({
          ...{ 'cloudevents.event_id': id, 'cloudevents.event_source': source, 'cloudevents.event_type': type },
          ...(subject !== null && { 'cloudevents.event_subject': subject }),
        }).map(textAttribute),
        ...(sequence === null ? [] : [{ key: 'atlas.sequence', value: { intValue: String(sequence) } }]),
      ]
      const body = { stringValue: onOneLine(write(event)) }
      return JSON.stringify({ timeUnixNano: `${sinceEpoch(time)}000000`, ...info, body, attributes })
    }
  },
  mostItems: 1_000,
  // The least that a vendor of those who take OTLP is known to allow.
  mostBytes: 1_000_000,
  judgedBytes: keptBodyBytes,
  judge({ status, body }, items) {
    if (status !== 200) return judgeExactly(status, 200, (failed) => !retryable.includes(failed))
    return judgePartialSuccess(readObject(body)?.partialSuccess, items)
  },
}

function textAttribute([key, stringValue]: readonly [string, string]): Attribute {
  return { key, value: { stringValue } }
}

/**
 * Nothing says which records were rejected, and the protocol forbids to send them again: it is told in the attempt. Only
 * where all were rejected is it known of each.
 */
function judgePartialSuccess(partialSuccess: unknown, items: number): Judgement {
  if (!isObject(partialSuccess)) return accepted
  const { rejectedLogRecords, errorMessage } = partialSuccess
  // An int64, which JSON has as a text; some send a number.
  const count = Number(rejectedLogRecords ?? 0)
  const words = quote(errorMessage)
  if (count > 0) {
    const detail = `the collector rejected ${count} of ${items} records${words}`
    return count >= items ? rejected('give_up', detail) : { ...accepted, detail }
  }
  return words === '' ? accepted : { ...accepted, detail: `the collector warns${words}` }
}
