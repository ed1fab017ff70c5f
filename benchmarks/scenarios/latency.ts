import type { ArrivalReport } from '../arrivals.ts'
import type { Bench, Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import type { Server } from '../server.ts'
import { judged, milliseconds } from '../table.ts'
import { Workspace } from '../workspace.ts'

const rate = 500
const connections = 64
const endpointCount = 20
const p50Target = 8
const p99Target = 40
const ratioTarget = 1.5

export const latency: Scenario = {
  name: 'latency',
  about: 'from publish to receipt at 500 a second, also with a hanging endpoint',
  async run(bench) {
    const single = await bench.withServer((server) => measure(bench, server, 'one endpoint', [false]))
    const healthy = Array<boolean>(endpointCount).fill(false)
    const spread = await bench.withServer((server) => measure(bench, server, 'twenty endpoints', healthy))
    const hanging = healthy.with(endpointCount - 1, true)
    const troubled = await bench.withServer((server) => measure(bench, server, 'one of twenty hangs', hanging))
    const ratio = (value: number) => value.toFixed(2)
    return [
      judged('publish to receipt at 500/s, p50', single.p50, { atMost: p50Target }, milliseconds),
      judged('publish to receipt at 500/s, p99', single.p99, { atMost: p99Target }, milliseconds),
      { what: 'the same over 20 endpoints, p99', measured: milliseconds(spread.p99) },
      { what: 'the same with 1 of 20 hanging, p99 of the others', measured: milliseconds(troubled.p99) },
      judged('  ratio of the two', troubled.p99 / spread.p99, { atMost: ratioTarget }, ratio),
    ]
  },
}

/** Publishes over endpoints that each take one type, of which some hang, and looks at those that do not. */
async function measure(
  bench: Bench,
  server: Server,
  label: string,
  hanging: readonly boolean[],
): Promise<ArrivalReport> {
  bench.say(`latency: ${label}`)
  const workspace = await Workspace.create(server)
  const types = hanging.map((_, place) => `bench.e${String(place).padStart(2, '0')}`)
  for (const [place, hangs] of hanging.entries()) {
    await workspace.addEndpoint({ url: bench.receiverUrl(place, hangs ? 'hangs' : 'answers'), types: [types[place]] })
  }
  await bench.receiver.call('reset', { secrets: workspace.endpoints.map(({ secret }) => secret) })
  const load = await bench.publish(label, {
    ...workspace.publishing(false),
    ...{ connections, batch: null, types, rate },
    durationSeconds: bench.warmUpSeconds + bench.seconds,
  })
  const from = load.startedAt + seconds(bench.warmUpSeconds)
  const accepted = load.accepted.reduce((sum, count, place) => sum + (hanging[place] ? 0 : count), 0)
  await bench.settled(label, accepted)
  const report = await bench.receiver.call('report', { from, until: null, paths: null })
  bench.profile(server, { label: `500/s, ${label}`, from, until: load.endedAt, events: report.received })
  const { hanging: hung } = await bench.receiver.call('state')
  if (hanging.includes(true) && hung === 0) bench.fail(`${label}: nothing was sent to the hanging endpoint`)
  bench.say(
    `  received p50 ${report.p50.toFixed(1)} p99 ${report.p99.toFixed(1)} max ${report.max.toFixed(1)} ms; ` +
      `answered p50 ${load.p50.toFixed(1)} p99 ${load.p99.toFixed(1)} ms; ${hung} requests hang`,
  )
  return report
}
