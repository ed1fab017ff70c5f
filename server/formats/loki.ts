import { keptBodyBytes } from '../domain/attempt.ts'
import { judgeExactly, quote } from './answer.ts'
import type { BatchFormat } from './batch-format.ts'
import { nameOption, switchOption, textOf, textsOf, textsOption } from './batch-option.ts'
import { cloudEventWriter, onOneLine, sinceEpoch } from './cloud-event.ts'

/** Of a tenant, as Loki takes it. */
const tenant = /^[\w!.*'()-]{1,150}$/
const label = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/**
 * Loki's push interface: streams, each of a set of labels, with a CloudEvent as each line. Every set is a stream to be
 * kept, so what is different in each event is no label but structured metadata. Time ascends within a stream; a line
 * that comes again at its time is kept once.
 */
export const loki: BatchFormat = {
  options: {
    org_id: nameOption('the tenant, as `X-Scope-OrgID`', 'none', tenant, "a tenant: letters, digits and !-_.*'()"),
    labels: textsOption('labels beside `app` and `category`', label, 'like labels of Loki', ['app', 'category']),
    structured_metadata: switchOption('sends `event_id` beside each line; Loki before 3.0 may refuse that', true),
  },
  headers(options) {
    const orgId = textOf(options, 'org_id')
    return { 'Content-Type': 'application/json', ...(orgId !== null && { 'X-Scope-OrgID': orgId }) }
  },
  ...{ open: '{"streams":[', between: ',', close: ']}' },
  groups: {
    opener({ endpoint: { options } }) {
      const labels = textsOf(options, 'labels')
      return ({ category }) => `{"stream":${JSON.stringify({ app: 'atlas', category, ...labels })},"values":[`
    },
    close: ']}',
  },
  writer(context) {
    const write = cloudEventWriter(context)
    const withId = context.endpoint.options.structured_metadata !== false
    return (event) => {
      const line = JSON.stringify(onOneLine(write(event)))
      return `["${sinceEpoch(event.time)}000000",${line}${withId ? `,{"event_id":"${event.id}"}` : ''}]`
    }
  },
  mostItems: 1_000,
  // Loki lets 4 MB a second in, unless told otherwise, and a request that is more than it ever does would wait for ever.
  mostBytes: 1_000_000,
  judgedBytes: keptBodyBytes,
  judge({ status, body }) {
    // 400 tells of lines that it will never take, such as too old ones; it does not say which, and has kept the others.
    const judgement = judgeExactly(status, 204, (failed) => failed === 400)
    return status === 400 ? { ...judgement, detail: `${judgement.detail}${quote(body)}` } : judgement
  },
}
