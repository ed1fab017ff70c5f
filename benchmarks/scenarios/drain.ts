import { insertDeliveries } from '../backlog.ts'
import type { Scenario } from '../bench.ts'
import { seconds } from '../clock.ts'
import { withDatabase } from '../data-directory.ts'
import { perSecond } from '../table.ts'
import { Workspace } from '../workspace.ts'

const endpointCount = 20

export const drain: Scenario = {
  name: 'drain',
  about: 'a backlog of due retries after an outage of the receivers',
  async run(bench) {
    const count = bench.seconds < 30 ? 20_000 : 100_000
    bench.say(`drain: ${count} due retries`)
    return await bench.withServer(async (server, dataDirectory) => {
      const workspace = await Workspace.create(server)
      for (let place = 0; place < endpointCount; place++) await workspace.addEndpoint({ url: bench.receiverUrl(place) })
      await server.stop()
      await withDatabase(dataDirectory, (database) =>
        insertDeliveries(database, workspace, { count, fanOut: 1, state: 'retrying' }, new Date()),
      )
      await bench.receiver.call('reset', { secrets: workspace.endpoints.map(({ secret }) => secret) })
      const again = await bench.startServer({ dataDirectory })
      const { received, firstAt, lastAt } = await bench.settled('drain', count)
      const speed = received / ((lastAt - firstAt) / seconds(1))
      bench.say(`  ${perSecond(speed)}`)
      await again.stop()
      return [
        { what: `drain of ${count.toLocaleString('en-US')} due retries over 20 endpoints`, measured: perSecond(speed) },
      ]
    })
  },
}
