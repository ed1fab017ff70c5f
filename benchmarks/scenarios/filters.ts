import type { Bench, Scenario } from '../bench.ts'
import { processTime } from '../processor-time.ts'
import { judged, perSecond } from '../table.ts'
import { Workspace } from '../workspace.ts'

const filterCount = 1_000
const connections = 64
const inFlight = 100
/** In microseconds. */
const target = 2_000

/** Look at the event in several ways, and none of them matches, so that only the filters cost something. */
const filters: readonly ((number: number) => string)[] = [
  (number) => `bench.value > ${50_000 + number} && bench.stage == "qualified"`,
  (number) => `bench.stage in ["won", "lost ${number}"] || "vip" in tags`,
  (number) => `bench.lines.exists(line, line.price > ${200 + number})`,
  (number) => `bench.owner.email.endsWith("@customer-${number}.example")`,
  (number) => `other.name == "customer ${number}"`,
]

export const filtering: Scenario = {
  name: 'filters',
  about: `${filterCount} endpoints with filters that say no, beside one that gets everything`,
  async run(bench) {
    const without = await measure(bench, 'without filters', () => ({ types: ['other.*'] }))
    const filtered = await measure(bench, 'with filters', (number) => ({
      filter: (filters[number % filters.length] as (number: number) => string)(number),
    }))
    return [
      { what: `events past ${filterCount} endpoints of other types`, measured: perSecond(without.rate) },
      { what: `events past ${filterCount} filters`, measured: perSecond(filtered.rate) },
      judged(
        '  processor time that the filters add to an event',
        filtered.processorUs - without.processorUs,
        { atMost: target },
        (value) => `${Math.round(value)} µs`,
      ),
    ]
  },
}

/** What was accepted a second, and the server's processor time for an event. */
async function measure(
  bench: Bench,
  label: string,
  settings: (number: number) => Readonly<Record<string, unknown>>,
): Promise<{ rate: number; processorUs: number }> {
  bench.say(`filters: ${label}`)
  return await bench.withServer(async (server) => {
    const workspace = await Workspace.create(server)
    await workspace.addEndpoint({ url: bench.receiverUrl(0), max_in_flight: inFlight })
    await bench.receiver.call('reset', { secrets: workspace.endpoints.map(({ secret }) => secret) })
    for (let number = 0; number < filterCount; number++) {
      await workspace.addEndpoint({ url: bench.receiverUrl(1), ...settings(number) })
    }
    const before = await processTime(server.pid)
    const load = await bench.publish(label, {
      ...workspace.publishing(false),
      ...{ connections, batch: null, types: ['bench.e00'], rate: null },
      durationSeconds: bench.warmUpSeconds + bench.seconds,
    })
    const accepted = load.accepted.reduce((sum, count) => sum + count, 0)
    await bench.settled(label, accepted)
    const processorUs = ((await processTime(server.pid)) - before) / accepted
    const rate = (accepted * 1_000_000) / (load.endedAt - load.startedAt)
    bench.say(`  ${perSecond(rate)}; server ${Math.round(processorUs)} µs for an event`)
    return { rate, processorUs }
  })
}
