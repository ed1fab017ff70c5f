import { type Collector, isRecord, parse, reply } from '../collector.ts'

type Check = (value: unknown) => boolean

// The messages of opentelemetry-proto in their JSON form: lower camel case, 64-bit numbers as texts, enums as numbers.
const text: Check = (value) => typeof value === 'string'
const int64: Check = (value) => typeof value === 'string' && /^-?\d{1,19}$/.test(value)
const count: Check = (value) => Number.isInteger(value) && Number(value) >= 0
const list =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item)
const message =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries(value).every(([name, field]) => fields[name]?.(field) === true)
const anyValue: Check = (value) =>
  isRecord(value) &&
  Object.keys(value).length === 1 &&
  message({
    ...{ stringValue: text, intValue: int64, boolValue: (flag) => typeof flag === 'boolean' },
    doubleValue: (number) => typeof number === 'number',
    arrayValue: message({ values: list((item) => anyValue(item)) }),
    kvlistValue: message({ values: list((item) => keyValue(item)) }),
  })(value)
const keyValue = message({ key: text, value: anyValue })
const common = { attributes: list(keyValue), droppedAttributesCount: count }
const logRecord = message({
  ...{ timeUnixNano: int64, observedTimeUnixNano: int64, severityText: text, body: anyValue, flags: count, ...common },
  ...{ traceId: text, spanId: text, eventName: text, severityNumber: (value) => count(value) && Number(value) <= 24 },
})
const scope = message({ name: text, version: text, ...common })
const scopeLogs = message({ scope, logRecords: list(logRecord), schemaUrl: text })
const resourceLogs = message({ resource: message(common), scopeLogs: list(scopeLogs), schemaUrl: text })
const exportRequest = message({ resourceLogs: list(resourceLogs) })

interface Request {
  readonly resourceLogs: {
    readonly scopeLogs: { readonly logRecords: { readonly body: { stringValue: string } }[] }[]
  }[]
}

/** A collector that takes logs by OTLP over HTTP, and may reject some without saying which. */
export function otlpCollector({ rejects = (_id: string): boolean => false } = {}) {
  const taken: string[] = []
  const collector: Collector = {
    taken,
    take({ headers, body }) {
      if (headers['content-type'] !== 'application/json') return reply(415)
      const request = parse(body)
      if (!exportRequest(request)) return reply(400, { code: 3, message: 'not an ExportLogsServiceRequest' })
      const records = (request as Request).resourceLogs.flatMap(({ scopeLogs }) =>
        scopeLogs.flatMap((s) => s.logRecords),
      )
      const ids = records.map(({ body: { stringValue } }) => {
        const event = parse(stringValue)
        return isRecord(event) ? String(event.id) : stringValue
      })
      const accepted = ids.filter((id) => !rejects(id))
      taken.push(...accepted)
      if (accepted.length === ids.length) return reply(200, { partialSuccess: {} })
      const rejectedLogRecords = String(ids.length - accepted.length)
      return reply(200, { partialSuccess: { rejectedLogRecords, errorMessage: 'too old' } })
    },
  }
  return collector
}
