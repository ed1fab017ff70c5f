import { judgeStatus, keptBodyBytes } from '../domain/attempt.ts'
import type { BatchFormat } from './batch-format.ts'
import { mediaTypeOption, textOf } from './batch-option.ts'
import { cloudEventWriter, onOneLine } from './cloud-event.ts'

const defaultType = 'application/x-ndjson'

/** A CloudEvent on each line, for collectors that read lines: Vector, Logstash, Fluent Bit, scripts. Any 2xx will do. */
export const ndjson: BatchFormat = {
  options: { content_type: mediaTypeOption(defaultType) },
  headers: (options) => ({ 'Content-Type': textOf(options, 'content_type') ?? defaultType }),
  ...{ open: '', between: '\n', close: '\n', groups: null },
  writer(context) {
    const write = cloudEventWriter(context)
    return (event) => onOneLine(write(event))
  },
  mostItems: 1_000,
  // What web servers take of a body unless they are told otherwise.
  mostBytes: 1_000_000,
  judgedBytes: keptBodyBytes,
  judge: ({ status }) => judgeStatus(status),
}
