import { keptBodyBytes } from '../domain/attempt.ts'
import { judgeExactly } from './answer.ts'
import type { BatchFormat } from './batch-format.ts'
import { textOf, textOption } from './batch-option.ts'
import { timeOf, writeSequence } from './cloud-event.ts'

const product = 'atlas'

/**
 * Logs for Datadog's intake, version 2, which answers 202 and promises nothing more. It takes 5 MB before compression,
 * 1,000 logs, and of each log 1 MB.
 *
 * The time goes out under a name that Datadog gives no meaning: as a log's official time it would have logs that are
 * older than 18 hours thrown away, such as those that are replayed.
 */
export const datadog: BatchFormat = {
  options: {
    ddsource: textOption('the integration that the logs are from', `\`${product}\``),
    ddtags: textOption('tags, separated by commas: `env:production,team:crm`', 'none'),
    hostname: textOption('the host that the logs are from', 'the host of `ATLAS_PUBLIC_URL`'),
    service: textOption('the service that the logs are from', `\`${product}\``),
  },
  headers: () => ({ 'Content-Type': 'application/json' }),
  ...{ open: '[', between: ',', close: ']', groups: null },
  writer({ endpoint: { options }, publicUrl }) {
    const ddtags = textOf(options, 'ddtags')
    const common = JSON.stringify({
      ddsource: textOf(options, 'ddsource') ?? product,
      ...(ddtags !== null && { ddtags }),
      hostname: textOf(options, 'hostname') ?? new URL(publicUrl).hostname,
      service: textOf(options, 'service') ?? product,
      status: 'info',
    })
    return ({ id, type, time, message, sequence, data }) => {
      const own = JSON.stringify({
        ...{ message, event_id: id, event_type: type, event_time: timeOf(time) },
        ...(sequence !== null && { sequence: writeSequence(sequence) }),
      })
      return `${common.slice(0, -1)},${own.slice(1, -1)},"data":${data}}`
    }
  },
  mostItems: 1_000,
  mostBytes: 5_000_000,
  judgedBytes: keptBodyBytes,
  judge: ({ status }) => judgeExactly(status, 202, (failed) => failed < 500 && failed !== 408 && failed !== 429),
}
