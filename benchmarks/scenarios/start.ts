import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Scenario } from '../bench.ts'
import type { Server } from '../server.ts'
import { judged, milliseconds } from '../table.ts'
import { Workspace } from '../workspace.ts'

const target = 3_000
const loadSeconds = 3

export const start: Scenario = {
  name: 'start',
  about: 'npm start until ready, on existing data and after a crash',
  async run(bench) {
    return await bench.withServer(async (server, dataDirectory) => {
      bench.say('start: npm start, after a clean stop and after kill -9 under load')
      const workspace = await Workspace.create(server)
      await workspace.addEndpoint({ url: bench.receiverUrl(0) })
      await bench.receiver.call('reset', { secrets: workspace.endpoints.map(({ secret }) => secret) })
      await bench.generator.call('publish', load(workspace))
      await server.stop()
      const afterStop = await ready(bench, dataDirectory)
      await killUnderLoad(bench, await bench.startServer({ dataDirectory, profileDirectory: null }), workspace)
      const afterCrash = await ready(bench, dataDirectory)
      return [
        judged('npm start until ready, existing data', afterStop, { atMost: target }, milliseconds),
        judged('npm start until ready, after kill -9 under load', afterCrash, { atMost: target }, milliseconds),
      ]
    })
  },
}

async function ready(bench: Bench, dataDirectory: string): Promise<number> {
  const server = await bench.startServer({ dataDirectory, throughNpm: true })
  await server.end()
  return server.readyMs
}

async function killUnderLoad(bench: Bench, server: Server, workspace: Workspace): Promise<void> {
  const { port } = server
  // The connections break, which is what is wanted here: these errors are not the benchmark's.
  const published = bench.generator.call('publish', { ...load(workspace), port })
  await sleep((loadSeconds * 1000) / 2)
  await server.kill()
  await published
}

function load(workspace: Workspace) {
  return {
    ...workspace.publishing(false),
    ...{ connections: 64, batch: null, types: ['bench.e00'], rate: null, durationSeconds: loadSeconds },
  }
}
