import { CloudEvent } from 'cloudevents'
import { type Collector, isRecord, parse, reply } from '../collector.ts'

/** A collector that takes a CloudEvent on each line, and at most 1 MB at once. */
export function lineCollector(): Collector {
  const taken: string[] = []
  return {
    taken,
    take({ body }) {
      if (Buffer.byteLength(body) > 1_000_000) return reply(413)
      const lines = body.split('\n')
      if (lines.pop() !== '') return reply(400, 'the last line does not end')
      const events = lines.map(parse)
      if (!events.every((event) => isRecord(event) && new CloudEvent(event).validate())) return reply(400)
      taken.push(...events.map((event) => String((event as { id: string }).id)))
      return reply(200)
    },
  }
}
