import type { Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import { judged, perSecond } from '../table.ts'
import { Workspace } from '../workspace.ts'

const target = 15_000
const connections = 8
const publishedBatch = 100
const batch = { max_events: 100, window_seconds: 1 }

export const batched: Scenario = {
  name: 'batched',
  about: `batches of ${batch.max_events} to one endpoint, out of the backlog of a pause`,
  async run(bench) {
    bench.say('batched: publishing while the endpoint is paused')
    return await bench.withServer(async (server) => {
      const workspace = await Workspace.create(server)
      const settings = { url: bench.receiverUrl(0, 'takes batches'), profile: 'cloudevents', batch }
      const endpoint = await workspace.addEndpoint(settings)
      await workspace.pause(endpoint)
      await bench.receiver.call('reset', { secrets: [endpoint.secret] })
      const load = await bench.publish('batched', {
        ...workspace.publishing(true),
        ...{ connections, batch: publishedBatch, types: ['bench.e00'], rate: null },
        durationSeconds: Math.max(2, bench.seconds * 0.6),
      })
      const accepted = load.accepted.reduce((sum, count) => sum + count, 0)
      const { count } = await bench.receiver.call('state')
      if (count > 0) bench.fail(`batched: ${count} events arrived while the endpoint was paused`)
      bench.say(`batched: ${accepted} waiting, resumed`)
      await workspace.resume(endpoint)
      const { received, firstAt, lastAt } = await bench.settled('batched', accepted)
      bench.profile(server, { label: 'batches of 100, per event', from: firstAt, until: lastAt, events: received })
      const { requests, largest } = await bench.receiver.call('batches')
      if (largest > batch.max_events) bench.fail(`batched: a batch had ${largest} events`)
      const took = (lastAt - firstAt) / seconds(1)
      bench.say(`  ${perSecond(received / took)} in ${requests} requests`)
      return [
        judged('batches of 100 out of a backlog: events', received / took, { atLeast: target }, perSecond),
        {
          what: '  requests',
          measured: `${perSecond(requests / took)}, ${(received / requests).toFixed(1)} events each`,
        },
      ]
    })
  },
}
