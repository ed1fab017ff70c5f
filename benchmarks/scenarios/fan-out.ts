import type { Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import { perSecond } from '../table.ts'
import { Workspace } from '../workspace.ts'

const endpointCount = 100
const connections = 8

export const fanOut: Scenario = {
  name: 'fan-out',
  about: 'each event goes to 100 endpoints',
  async run(bench) {
    bench.say('fan-out: 1 to 100')
    return await bench.withServer(async (server) => {
      const workspace = await Workspace.create(server)
      for (let place = 0; place < endpointCount; place++) await workspace.addEndpoint({ url: bench.receiverUrl(place) })
      await bench.receiver.call('reset', { secrets: workspace.endpoints.map(({ secret }) => secret) })
      const load = await bench.publish('fan-out', {
        ...workspace.publishing(false),
        ...{ connections, batch: null, types: ['bench.e00'], rate: null },
        durationSeconds: bench.warmUpSeconds + bench.seconds,
      })
      const accepted = load.accepted.reduce((sum, count) => sum + count, 0)
      const all = await bench.settled('fan-out', accepted * endpointCount)
      // Until the last one has arrived: publishing runs ahead of delivering here, and both share the processors.
      const from = load.startedAt + seconds(bench.warmUpSeconds)
      const { received } = await bench.receiver.call('report', { from, until: null, paths: null })
      bench.profile(server, { label: 'fan-out, per delivery', from, until: all.lastAt, events: received })
      const deliveries = received / ((all.lastAt - from) / seconds(1))
      bench.say(
        `  ${accepted} events; last one ${((all.lastAt - load.endedAt) / seconds(1)).toFixed(1)} s after the end`,
      )
      return [
        { what: 'fan-out 1 → 100: events', measured: perSecond(deliveries / endpointCount) },
        { what: 'fan-out 1 → 100: deliveries', measured: perSecond(deliveries) },
      ]
    })
  },
}
