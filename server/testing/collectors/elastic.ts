import { type Collector, isRecord, parse, reply } from '../collector.ts'

/** The bulk interface of Elasticsearch, for a data stream: documents fail or succeed one by one. */
export function elasticServer({ refuse = (_document: Record<string, unknown>): number | null => null } = {}) {
  const taken: string[] = []
  const documents = new Map<string, Record<string, unknown>>()
  const invalid = (reason: string) => reply(400, { error: { type: 'illegal_argument_exception', reason }, status: 400 })
  const create = (id: string, document: Record<string, unknown>) => {
    const failed = (status: number, type: string, reason: string) => ({ _id: id, status, error: { type, reason } })
    if (documents.has(id)) return failed(409, 'version_conflict_engine_exception', `[${id}]: document already exists`)
    if (typeof document['@timestamp'] !== 'string') return failed(400, 'document_parsing_exception', 'no @timestamp')
    const status = refuse(document)
    if (status !== null) return failed(status, 'es_rejected_execution_exception', 'rejected')
    documents.set(id, document)
    taken.push(id)
    return { _id: id, status: 201, result: 'created' }
  }
  const collector: Collector = {
    taken,
    take({ path, headers, body }) {
      const [, index] = /^\/([a-z][a-z0-9.-]*)\/_bulk(?:\?pipeline=\w+)?$/.exec(path) ?? []
      if (index === undefined) return invalid('no index')
      if (headers['content-type'] !== 'application/x-ndjson') return reply(406)
      if (Buffer.byteLength(body) > 10_000_000) return reply(413)
      if (!body.endsWith('\n')) return invalid('The bulk request must be terminated by a newline [\\n]')
      const lines = body.slice(0, -1).split('\n')
      const results: { create: Record<string, unknown> }[] = []
      for (let at = 0; at < lines.length; at += 2) {
        const action = parse(lines[at] ?? '')
        const { create: target } = isRecord(action) ? action : {}
        const document = parse(lines[at + 1] ?? '')
        if (!isRecord(target) || typeof target._id !== 'string') return invalid(`Malformed action in line [${at + 1}]`)
        if (!isRecord(document)) return invalid(`Malformed document in line [${at + 2}]`)
        results.push({ create: { _index: index, ...create(target._id, document) } })
      }
      return reply(200, { took: 3, errors: results.some((result) => result.create.status !== 201), items: results })
    },
  }
  return { ...collector, documents }
}
