import { judgeStatus, keptBodyBytes } from '../domain/attempt.ts'
import type { BatchFormat } from './batch-format.ts'
import { mediaTypeOption, textOf } from './batch-option.ts'
import { cloudEventWriter } from './cloud-event.ts'

const defaultType = 'application/cloudevents-batch+json'
const unsupportedType = 415

/**
 * A batch in the JSON format of CloudEvents 1.0 (§4), judged by the rules of its webhook specification (HTTP 1.1 Web
 * Hooks for Event Delivery §2.2): any 2xx is a success, and 415 says that the endpoint will never take this form.
 */
export const cloudevents: BatchFormat = {
  options: { content_type: mediaTypeOption(defaultType) },
  headers: (options) => ({ 'Content-Type': textOf(options, 'content_type') ?? defaultType }),
  ...{ open: '[', between: ',', close: ']', groups: null },
  writer: cloudEventWriter,
  mostItems: 1_000,
  // What web servers take of a body unless they are told otherwise.
  mostBytes: 1_000_000,
  judgedBytes: keptBodyBytes,
  judge({ status }) {
    const judgement = judgeStatus(status)
    return status === unsupportedType ? { ...judgement, outcome: 'give_up' } : judgement
  },
}
