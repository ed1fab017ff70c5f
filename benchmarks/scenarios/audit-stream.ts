import type { Bench, Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import { judged, milliseconds, perSecond, type Row } from '../table.ts'
import { Workspace } from '../workspace.ts'

const target = 5_000
const connections = 8
const recordedBatch = 100
const batch = { max_events: 100, window_seconds: 1 }
const rate = 100
const p99Target = 100
// What Atlas records by itself has no stamp.
const types = ['**.bench.*']

export const auditStream: Scenario = {
  name: 'audit-stream',
  about: `audit entries streamed to one endpoint in batches of ${batch.max_events}, and one by one at ${rate} a second`,
  async run(bench) {
    return [...(await backlog(bench)), ...(await single(bench))]
  },
}

/** Entries that were recorded while no node streamed: the speed is that of streaming and sending alone. */
async function backlog(bench: Bench): Promise<Row[]> {
  bench.say('audit-stream: recording while nobody streams')
  return await bench.withServer(async (server, dataDirectory) => {
    const workspace = await Workspace.create(server)
    const settings = {
      url: bench.receiverUrl(0, 'takes batches'),
      stream: 'audit',
      profile: 'cloudevents',
      batch,
      types,
    }
    const endpoint = await workspace.addEndpoint(settings)
    await server.stop()
    await bench.receiver.call('reset', { secrets: [endpoint.secret] })
    const recorder = await bench.startServer({ dataDirectory, roles: 'api' })
    workspace.moveTo(recorder)
    const load = await bench.publish('audit-stream', {
      ...workspace.recording(true),
      ...{ connections, batch: recordedBatch, types: ['bench.e00'], rate: null },
      durationSeconds: Math.max(2, bench.seconds * 0.6),
    })
    await recorder.stop()
    const recorded = load.accepted.reduce((sum, count) => sum + count, 0)
    const { count } = await bench.receiver.call('state')
    if (count > 0) bench.fail(`audit-stream: ${count} entries arrived while nobody streamed`)
    bench.say(`audit-stream: ${recorded} waiting`)
    const again = await bench.startServer({ dataDirectory })
    const { received, firstAt, lastAt } = await bench.settled('audit-stream', recorded)
    bench.profile(again, { label: 'audit entries, per entry', from: firstAt, until: lastAt, events: received })
    const { requests, largest } = await bench.receiver.call('batches')
    if (largest > batch.max_events) bench.fail(`audit-stream: a batch had ${largest} entries`)
    await again.stop()
    const took = (lastAt - firstAt) / seconds(1)
    bench.say(`  ${perSecond(received / took)} in ${requests} requests`)
    const what = 'audit entries streamed in batches of 100, out of a backlog'
    return [judged(what, received / took, { atLeast: target }, perSecond)]
  })
}

async function single(bench: Bench): Promise<Row[]> {
  bench.say(`audit-stream: ${rate} a second`)
  return await bench.withServer(async (server) => {
    const workspace = await Workspace.create(server)
    const endpoint = await workspace.addEndpoint({ url: bench.receiverUrl(0), stream: 'audit', types })
    await bench.receiver.call('reset', { secrets: [endpoint.secret] })
    const load = await bench.publish('audit-stream', {
      ...workspace.recording(false),
      ...{ connections, batch: null, types: ['bench.e00'], rate },
      durationSeconds: bench.warmUpSeconds + bench.seconds / 3,
    })
    await bench.settled(
      'audit-stream',
      load.accepted.reduce((sum, count) => sum + count, 0),
    )
    const from = load.startedAt + seconds(bench.warmUpSeconds)
    const { p50, p99 } = await bench.receiver.call('report', { from, until: null, paths: null })
    bench.say(`  received p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms; answered p99 ${load.p99.toFixed(1)} ms`)
    return [
      { what: `recording of an audit entry to its receipt at ${rate}/s, p50`, measured: milliseconds(p50) },
      judged(`recording of an audit entry to its receipt at ${rate}/s, p99`, p99, { atMost: p99Target }, milliseconds),
    ]
  })
}
