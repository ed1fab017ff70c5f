import { insertDeliveries } from '../backlog.ts'
import type { Bench, Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import { withDatabase } from '../data-directory.ts'
import { readGauge, readHistogram } from '../metrics-text.ts'
import type { Server } from '../server.ts'
import { judged, megabytes, milliseconds, type Row } from '../table.ts'
import { Workspace } from '../workspace.ts'

const endpointCount = 100
const memoryTarget = 350_000_000
const rate = 500
const connections = 64
const healthyPlace = endpointCount

export const claim: Scenario = {
  name: 'claim',
  about: 'a million waiting deliveries at endpoints that hang or are paused, and a healthy endpoint beside them',
  async run(bench) {
    const count = bench.seconds < 30 ? 100_000 : 1_000_000
    return await bench.withServer(async (server, dataDirectory) => {
      bench.say(`claim: inserting ${count} waiting deliveries`)
      const stuck = await Workspace.create(server)
      for (let place = 0; place < endpointCount; place++) {
        const endpoint = await stuck.addEndpoint({ url: bench.receiverUrl(place, 'hangs') })
        if (place % 2 === 1) await stuck.pause(endpoint)
      }
      const healthy = await Workspace.create(server)
      const { secret } = await healthy.addEndpoint({ url: bench.receiverUrl(healthyPlace) })
      await server.stop()
      await withDatabase(dataDirectory, (database) =>
        insertDeliveries(database, stuck, { count, fanOut: endpointCount, state: 'retrying' }, new Date()),
      )
      await bench.receiver.call('reset', { secrets: [...stuck.endpoints.map((endpoint) => endpoint.secret), secret] })
      const again = await bench.startServer({ dataDirectory })
      const rows = await measure(bench, again, healthy, `with ${count.toLocaleString('en-US')} waiting`)
      await again.stop()
      return rows
    })
  },
}

async function measure(bench: Bench, server: Server, healthy: Workspace, label: string): Promise<Row[]> {
  bench.say(`claim: ${label}, 500/s to a healthy endpoint`)
  const load = await bench.publish(label, {
    ...healthy.publishing(false),
    ...{ port: server.port, connections, batch: null, types: ['bench.e00'], rate },
    durationSeconds: bench.warmUpSeconds + bench.seconds,
  })
  const accepted = load.accepted.reduce((sum, count) => sum + count, 0)
  await bench.settled(label, accepted)
  const from = load.startedAt + seconds(bench.warmUpSeconds)
  const { received, p50, p99 } = await bench.receiver.call('report', { from, until: null, paths: null })
  bench.profile(server, { label: `500/s, ${label}`, from, until: load.endedAt, events: received })
  const { hanging } = await bench.receiver.call('state')
  const metrics = await server.metrics()
  const claims = readHistogram(metrics, 'atlas_claim_duration_seconds')
  const memory = await server.memory()
  const [heap, external, held] = [
    readGauge(metrics, 'nodejs_heap_size_total_bytes'),
    readGauge(metrics, 'nodejs_external_memory_bytes'),
    readGauge(metrics, 'atlas_deliveries_in_memory'),
  ]
  bench.say(`  ${held} deliveries in memory; heap ${megabytes(heap)}, outside of it ${megabytes(external)}`)
  bench.say(`  ${hanging} requests hang or hung; the start took ${milliseconds(server.readyMs)}`)
  return [
    {
      what: `claim statement ${label}`,
      measured:
        claims === null
          ? 'not exposed'
          : `p50 ${milliseconds(claims.p50 * 1000)}, p99 ${milliseconds(claims.p99 * 1000)} (${claims.count} claims)`,
    },
    { what: `publish to receipt at 500/s ${label}`, measured: `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}` },
    judged(`memory of the server ${label}`, memory?.now ?? Number.NaN, { atMost: memoryTarget }, megabytes),
    { what: '  at most', measured: memory === null ? 'not measured' : megabytes(memory.peak) },
  ]
}
