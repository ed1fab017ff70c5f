import { insertRetries } from '../backlog.ts'
import type { Bench, Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import { withDatabase } from '../data-directory.ts'
import { readHistogram } from '../histogram.ts'
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
        const endpoint = await stuck.addEndpoint({ url: bench.receiverUrl(place, { hanging: true }) })
        if (place % 2 === 1) await stuck.pause(endpoint)
      }
      await server.stop()
      await withDatabase(dataDirectory, (database) =>
        insertRetries(database, stuck, { count, fanOut: endpointCount }, new Date()),
      )
      const again = await bench.startServer({ dataDirectory })
      const rows = await measure(bench, again, `with ${count.toLocaleString('en-US')} waiting`)
      await again.stop()
      return rows
    })
  },
}

async function measure(bench: Bench, server: Server, label: string): Promise<Row[]> {
  bench.say(`claim: ${label}, 500/s to a healthy endpoint`)
  const healthy = await Workspace.create(server)
  const { secret } = await healthy.addEndpoint({ url: bench.receiverUrl(healthyPlace) })
  const secrets = Array<string>(healthyPlace).fill('').concat(secret)
  const { hanging: before } = await bench.receiver.call('state')
  await bench.receiver.call('reset', { secrets })
  const load = await bench.publish(label, {
    ...healthy.publishing(false),
    ...{ connections, batch: null, types: ['bench.e00'], rate },
    durationSeconds: bench.warmUpSeconds + bench.seconds,
  })
  await bench.settled(
    label,
    load.accepted.reduce((sum, accepted) => sum + accepted, 0),
  )
  const from = load.startedAt + seconds(bench.warmUpSeconds)
  const { p50, p99 } = await bench.receiver.call('report', { from, until: null, paths: null })
  const { hanging } = await bench.receiver.call('state')
  const claims = readHistogram(await server.metrics(), 'atlas_claim_duration_seconds')
  const memory = await server.memory()
  bench.say(`  ${before} requests hung before, ${hanging} hang now; start took ${milliseconds(server.readyMs)}`)
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
