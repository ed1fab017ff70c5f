import type { Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import { judged, perSecond } from '../table.ts'
import { Workspace } from '../workspace.ts'

const target = 300
const connections = 2
const batch = 100
/** Requests a second: 1,000 events, more than one at a time can be delivered. */
const rate = 10

export const serialized: Scenario = {
  name: 'serialized',
  about: 'one endpoint that gets one event at a time, in order, always with a backlog',
  async run(bench) {
    bench.say('serialized: one at a time, in order')
    return await bench.withServer(async (server) => {
      const workspace = await Workspace.create(server)
      await workspace.addEndpoint({ url: bench.receiverUrl(0, 'takes one at a time'), serialize: true })
      await bench.receiver.call('reset', { secrets: workspace.endpoints.map(({ secret }) => secret) })
      const load = await bench.publish('serialized', {
        ...workspace.publishing(true),
        ...{ connections, batch, types: ['bench.e00'], rate },
        durationSeconds: bench.warmUpSeconds + bench.seconds,
      })
      const from = load.startedAt + seconds(bench.warmUpSeconds)
      const { received } = await bench.receiver.call('report', { from, until: load.endedAt, paths: null })
      bench.profile(server, { label: 'serialized', from, until: load.endedAt, events: received })
      const speed = received / ((load.endedAt - from) / seconds(1))
      // What waits is not awaited, since it would take minutes: sequences without a gap show that nothing was lost.
      await server.stop()
      const { count, faults } = await bench.receiver.call('state')
      for (const fault of faults) bench.fail(`serialized: ${fault}`)
      const order = await bench.receiver.call('order', { path: 0 })
      const { inOrder, repeated, outOfOrder, atOnce } = order ?? { inOrder: 0, repeated: 0, outOfOrder: 0, atOnce: 0 }
      const accepted = load.accepted.reduce((sum, each) => sum + each, 0)
      bench.say(`  ${perSecond(speed)}; ${inOrder} in order, ${repeated} repeated, ${accepted - inOrder} left waiting`)
      if (count === 0) bench.fail('serialized: nothing arrived')
      if (outOfOrder > 0) bench.fail(`serialized: ${outOfOrder} of ${count} requests came out of order`)
      if (atOnce > 0) bench.fail(`serialized: ${atOnce} of ${count} requests came before the answer to another`)
      if (inOrder >= accepted) bench.say('  it kept up: the figure is that of the publisher')
      const right = outOfOrder === 0 && atOnce === 0 && count > 0
      return [
        judged('serialized endpoint, 1,000/s published: events', speed, { atLeast: target }, perSecond),
        { what: '  out of order; two at once', measured: `${outOfOrder}; ${atOnce}`, target: '0; 0', met: right },
      ]
    })
  },
}
