import { type Collector, isRecord, parse, reply } from '../collector.ts'

const megabyte = 1_000_000

/** Datadog's intake of logs: 202 and nothing more, or an error for the whole request. */
export function datadogIntake() {
  const key = '0123456789abcdef0123456789abcdef'
  const taken: string[] = []
  const logs: Record<string, unknown>[] = []
  const error = (status: number, detail: string) => reply(status, { errors: [{ status: String(status), detail }] })
  const collector: Collector = {
    taken,
    take({ headers, body }) {
      if (headers['dd-api-key'] === undefined) return error(401, 'Missing API key')
      if (headers['dd-api-key'] !== key) return error(403, 'Forbidden')
      if (headers['content-type'] !== 'application/json') return error(400, 'Unsupported content type')
      if (Buffer.byteLength(body) > 5 * megabyte) return error(413, 'Payload too large')
      const items = parse(body)
      if (!Array.isArray(items) || items.length === 0) return error(400, 'Invalid payload')
      if (items.length > 1_000) return error(413, 'Too many logs')
      for (const item of items) {
        if (!isRecord(item) || typeof item.message !== 'string') return error(400, 'message is required')
        const tags = ['ddsource', 'ddtags', 'hostname', 'service', 'status'].map((name) => item[name])
        if (tags.some((tag) => tag !== undefined && typeof tag !== 'string')) return error(400, 'Invalid payload')
        // It would be cut off.
        if (Buffer.byteLength(JSON.stringify(item)) > megabyte) return error(400, 'Log too large')
      }
      for (const item of items as Record<string, unknown>[]) {
        taken.push(String(item.event_id))
        logs.push(item)
      }
      return reply(202, {})
    },
  }
  return { ...collector, logs, key }
}
