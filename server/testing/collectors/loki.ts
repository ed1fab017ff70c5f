import { type Collector, isRecord, isTexts, parse, reply } from '../collector.ts'

const label = /^[a-zA-Z_][a-zA-Z0-9_]*$/

interface Line {
  readonly labels: Record<string, string>
  readonly time: bigint
  readonly line: string
  readonly metadata: Record<string, string>
}

/** Loki's push interface, which keeps lines in order of time within each stream. */
export function lokiServer({ structuredMetadata = true } = {}) {
  const taken: string[] = []
  const lines: Line[] = []
  const read = (body: string): Line[] | string => {
    const { streams } = (parse(body) ?? {}) as { streams?: unknown }
    if (!Array.isArray(streams)) return 'loghttp.PushRequest: cannot read streams'
    const known = new Set<string>()
    const read: Line[] = []
    for (const { stream, values, ...unknown } of streams) {
      if (Object.keys(unknown).length > 0 || !isTexts(stream) || !Array.isArray(values)) return 'cannot read a stream'
      const names = Object.keys(stream)
      if (names.length === 0) return 'at least one label pair is required per stream'
      if (names.length > 15) return `stream has ${names.length} label names; limit 15`
      if (!names.every((name) => label.test(name))) return 'invalid label name'
      const key = JSON.stringify(stream)
      if (known.has(key)) return 'the stream is there twice'
      known.add(key)
      let latest = 0n
      for (const [time, line, metadata = {}, ...more] of values) {
        if (typeof time !== 'string' || !/^\d{16,19}$/.test(time)) return `cannot parse ${time} as nanoseconds`
        if (typeof line !== 'string' || more.length > 0) return 'the line is no text'
        if (!isTexts(metadata)) return 'structured metadata is no texts'
        if (!structuredMetadata && isRecord(metadata) && Object.keys(metadata).length > 0) {
          return 'stream includes structured metadata, but this feature is disallowed'
        }
        if (BigInt(time) < latest) return 'entry out of order'
        latest = BigInt(time)
        read.push({ labels: stream, time: latest, line, metadata })
      }
    }
    return read
  }
  const collector: Collector = {
    taken,
    take({ headers, body }) {
      if (headers['content-type'] !== 'application/json') return reply(415)
      const found = read(body)
      if (typeof found === 'string') return reply(400, `${found}\n`)
      for (const one of found) {
        // The same line at the same time is kept once.
        if (lines.some(({ time, line }) => time === one.time && line === one.line)) continue
        lines.push(one)
        const event = parse(one.line)
        taken.push(isRecord(event) ? String(event.id) : one.line)
      }
      return reply(204)
    },
  }
  return { ...collector, lines }
}
