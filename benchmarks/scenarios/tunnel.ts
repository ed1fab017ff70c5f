import type { ArrivalReport } from '../arrivals.ts'
import type { Bench, Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import { Listening } from '../listening.ts'
import type { Server } from '../server.ts'
import { judged, milliseconds } from '../table.ts'
import { Workspace } from '../workspace.ts'

const rate = 50
const connections = 8
const target = 10

export const tunnel: Scenario = {
  name: 'tunnel',
  about: 'from publish to a local server through a CLI, beside an ordinary delivery',
  async run(bench) {
    const direct = await bench.withServer(async (server) => {
      const workspace = await Workspace.create(server)
      const { secret } = await workspace.addEndpoint({ url: bench.receiverUrl(0) })
      return await measure(bench, server, workspace, 'direct', secret)
    })
    const tunnelled = await bench.withServer(async (server) => {
      const workspace = await Workspace.create(server)
      const listening = await Listening.start(server, workspace.id, bench.receiverUrl(0))
      const report = await measure(bench, server, workspace, 'tunnel', listening.secret)
      await listening.stop()
      return report
    })
    return [
      { what: `publish to receipt at ${rate}/s, direct, p50; p99`, measured: both(direct) },
      { what: '  through a tunnel, p50; p99', measured: both(tunnelled) },
      judged('  what the tunnel adds, p50', tunnelled.p50 - direct.p50, { atMost: target }, milliseconds),
    ]
  },
}

function both({ p50, p99 }: ArrivalReport): string {
  return `${milliseconds(p50)}; ${milliseconds(p99)}`
}

async function measure(
  bench: Bench,
  server: Server,
  workspace: Workspace,
  label: string,
  secret: string,
): Promise<ArrivalReport> {
  bench.say(`tunnel: ${label}`)
  await bench.receiver.call('reset', { secrets: [secret] })
  const load = await bench.publish(label, {
    ...workspace.publishing(false),
    ...{ connections, batch: null, types: ['bench.e00'], rate },
    durationSeconds: bench.warmUpSeconds + bench.seconds,
  })
  await bench.settled(
    label,
    load.accepted.reduce((sum, count) => sum + count, 0),
  )
  const from = load.startedAt + seconds(bench.warmUpSeconds)
  const report = await bench.receiver.call('report', { from, until: load.endedAt, paths: null })
  bench.profile(server, { label: `tunnel, ${label}`, from, until: load.endedAt, events: report.received })
  bench.say(`  p50 ${report.p50.toFixed(1)} p99 ${report.p99.toFixed(1)} max ${report.max.toFixed(1)} ms`)
  return report
}
