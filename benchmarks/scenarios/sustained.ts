import type { Bench, Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import { postgresTime, processTime } from '../processor-time.ts'
import type { Server } from '../server.ts'
import { judged, percent, perSecond, type Row } from '../table.ts'
import { Workspace } from '../workspace.ts'

interface Shape {
  readonly label: string
  readonly connections: number
  readonly batch: number | null
  readonly target: number
}

const shapes: readonly Shape[] = [
  { label: 'single publishes, 64 connections', connections: 64, batch: null, target: 4_000 },
  { label: 'single publishes, 256 connections', connections: 256, batch: null, target: 6_000 },
  { label: 'batches of 100, 8 connections', connections: 8, batch: 100, target: 8_000 },
]
const shareTarget = 0.6
const inFlight = 100

export const sustained: Scenario = {
  name: 'sustained',
  about: 'deliveries a second, publishing as fast as it is answered',
  async run(bench) {
    const { together } = await bench.bare()
    const rows: Row[] = []
    for (const shape of shapes) {
      bench.say(`sustained: ${shape.label}`)
      const { delivered, costs } = await measure(bench, shape)
      rows.push(judged(`deliveries, ${shape.label}`, delivered, { atLeast: shape.target }, perSecond))
      rows.push(judged('  share of what the bare parts allow', delivered / together, { atLeast: shareTarget }, percent))
      rows.push({ what: '  processor time per event', measured: costs })
    }
    return rows
  },
}

/**
 * What was delivered a second, and what that cost. Counts what is received after the warm-up and until the publishing
 * ends: what arrives later is awaited, but does not count.
 */
async function measure(
  bench: Bench,
  { label, connections, batch }: Shape,
): Promise<{ delivered: number; costs: string }> {
  return await bench.withServer(async (server, dataDirectory) => {
    const workspace = await Workspace.create(server)
    await workspace.addEndpoint({ url: bench.receiverUrl(0), max_in_flight: inFlight })
    await bench.receiver.call('reset', { secrets: workspace.endpoints.map(({ secret }) => secret) })
    const before = await processorTimes(server, dataDirectory)
    const load = await bench.publish(label, {
      ...workspace.publishing(batch !== null),
      ...{ connections, batch, types: ['bench.e00'], rate: null },
      durationSeconds: bench.warmUpSeconds + bench.seconds,
    })
    const from = load.startedAt + seconds(bench.warmUpSeconds)
    const until = from + seconds(bench.seconds)
    const { received, p50, p99 } = await bench.receiver.call('report', { from, until, paths: null })
    bench.profile(server, { label, from, until, events: received })
    const accepted = load.accepted.reduce((sum, count) => sum + count, 0)
    const all = await bench.settled(label, accepted)
    const after = await processorTimes(server, dataDirectory)
    const { processorUs } = await bench.receiver.call('state')
    const costs = {
      server: after.server - before.server,
      Postgres: after.postgres - before.postgres,
      generator: load.processorUs,
      receiver: processorUs,
    }
    const each = Object.entries(costs).map(([name, us]) => `${name} ${Math.round(us / all.unique)}`)
    const late = (all.lastAt - load.endedAt) / seconds(1)
    bench.say(
      `  ${perSecond(received / bench.seconds)}; answered p50 ${load.p50.toFixed(1)} p99 ${load.p99.toFixed(1)} ms, received ` +
        `p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms; last one ${late.toFixed(2)} s after the end`,
    )
    return { delivered: received / bench.seconds, costs: `µs: ${each.join(', ')}` }
  })
}

async function processorTimes(server: Server, dataDirectory: string): Promise<{ server: number; postgres: number }> {
  return { server: await processTime(server.pid), postgres: await postgresTime(dataDirectory) }
}
