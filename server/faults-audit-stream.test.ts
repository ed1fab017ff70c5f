// Nodes die while entries of the audit log are recorded and streamed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { toTypeId } from './domain/identifier.ts'
import { entriesOf } from './testing/audit.ts'
import { eventually } from './testing/eventually.ts'
import type { ShownDelivery } from './testing/load.ts'
import { TestNodes } from './testing/nodes.ts'
import { answer, Receiver } from './testing/receiver.ts'
import type { ServerProcess } from './testing/server-process.ts'

const maxEvents = 20
const maxInFlight = 4
const pauseMs = 40
const entry = {
  ...{ category: 'lock', action: 'created' },
  actor: { type: 'user', id: 'user_1' },
  target: { type: 'stack', id: 'st_1' },
}

interface LoggedEntry {
  readonly id: string
  readonly sequence: number
}

/** Records entries without end, each until it is accepted; remembers what it was promised. */
class Recorder {
  readonly #server: ServerProcess
  readonly #workspace: string
  readonly ids: string[] = []
  #running: Promise<void>[] = []
  #stopping = false

  constructor(server: ServerProcess, workspace: string) {
    this.#server = server
    this.#workspace = workspace
  }

  start(clients: number): void {
    for (let client = 0; client < clients; client++) this.#running.push(this.#run(client))
  }

  async accepted(more: number): Promise<void> {
    const wanted = this.ids.length + more
    await eventually(() => (this.ids.length >= wanted ? true : null))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#running.splice(0))
  }

  async #run(client: number): Promise<void> {
    for (let number = 0; !this.#stopping; number++) {
      const key = { 'idempotency-key': `${this.#server.dataDirectory} ${client} ${number}` }
      const entries = Array.from({ length: 1 + (number % 5) }, () => ({ ...entry, metadata: { client, number } }))
      while (!this.#stopping) {
        const path = `${this.#workspace}/audit-log/batch`
        const given = await this.#server.request('POST', path, { entries }, key).catch(() => null)
        if (given?.status === 202) {
          this.ids.push(...given.json.data.map(({ id }: { id: string }) => id))
          await sleep(pauseMs)
          break
        }
        assert(given === null || given.status === 503, JSON.stringify(given?.json))
        await sleep(pauseMs)
      }
    }
  }
}

test('whichever node dies, every entry arrives in order, and what was recorded is not repeated', async (t) => {
  const nodes = await TestNodes.start(t, 2)
  const receiver = await Receiver.start(t)
  let received = 0
  // Every seventh request fails, and its entries come again in others.
  receiver.on('/siem', (response, request) => {
    const status = ++received % 7 === 0 ? 503 : 200
    setTimeout(() => answer(status)(response, request), 20)
  })
  const workspace = await nodes.first.createWorkspace()
  await nodes.first.createEndpoint(workspace, {
    ...{ url: receiver.url('/siem'), stream: 'audit', profile: 'cloudevents' },
    batch: { max_events: maxEvents, window_seconds: 1 },
    retry_schedule_seconds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    max_in_flight: maxInFlight,
  })
  const recorders = nodes.servers.map((server) => new Recorder(server, workspace))
  for (const recorder of recorders) recorder.start(2)
  const kills = 3
  for (let killed = 0; killed < kills; killed++) {
    await Promise.race(recorders.map((recorder) => recorder.accepted(200)))
    await receiver.waitFor(receiver.requests().length + 5)
    const victim = nodes.servers[killed % 2] as ServerProcess
    await victim.kill()
    await nodes.startOne(victim)
  }
  await Promise.all(recorders.map((recorder) => recorder.accepted(50)))
  for (const recorder of recorders) await recorder.stop()

  const log = (await nodes.first.list<LoggedEntry>(`${workspace}/audit-log`)).reverse()
  const logged = log.slice(1).map(({ id }) => id)
  assert.equal(log[1]?.sequence, 2, 'the entry about the endpoint is its first')
  const promised = recorders.flatMap(({ ids }) => ids)
  assert.deepEqual(
    promised.filter((id) => !logged.includes(id)),
    [],
  )
  const deliveries = await eventually(
    async () => {
      const shown = await nodes.first.list<ShownDelivery>(`${workspace}/deliveries`)
      return shown.length >= logged.length && shown.every(({ state }) => state === 'delivered') ? shown : null
    },
    { within: 40_000, describe: () => `${logged.length} entries, ${receiver.requests().length} requests` },
  )
  const inOrder = deliveries.toSorted((one, other) => one.sequence - other.sequence)
  assert.deepEqual(
    inOrder.map(({ sequence, event }) => [sequence, event]),
    logged.map((id, index) => [index + 1, id]),
  )
  for (const server of nodes.servers) await server.stop()

  const requests = receiver.requests('/siem')
  const arrivals = new Map<string, number>()
  for (const id of requests.flatMap(entriesOf)) arrivals.set(id, (arrivals.get(id) ?? 0) + 1)
  assert.deepEqual(new Set([...arrivals.keys()].map((id) => toTypeId('aud', id))), new Set(logged))
  let repeated = 0
  for (const [id, came] of arrivals) {
    const attempts = deliveries.find(({ event }) => event === toTypeId('aud', id))?.attempt_count ?? 0
    assert(came >= attempts, `${id} came ${came} times in ${attempts} attempts`)
    repeated += came - attempts
  }
  t.diagnostic(`${repeated} of ${logged.length} entries came again after ${kills} kills`)
  // What is in flight, and as much that is answered and not recorded yet.
  assert(repeated <= kills * maxInFlight * maxEvents * 2, String(repeated))
})

test('what a node recorded that streams nothing itself, and died, arrives within seconds', async (t) => {
  const nodes = await TestNodes.start(t, 2, [{ ATLAS_ROLES: 'api' }, { ATLAS_ROLES: 'worker' }])
  const [api, worker] = nodes.servers as [ServerProcess, ServerProcess]
  const receiver = await Receiver.start(t)
  const workspace = await api.createWorkspace()
  await api.createEndpoint(workspace, { url: receiver.url('/one'), stream: 'audit', types: ['**.lock.*'] })
  const { json } = await api.request('POST', `${workspace}/audit-log`, entry)
  const before = performance.now()
  await api.kill()
  const [request] = await receiver.waitFor(1, '/one')
  assert.equal(request?.headers['atlas-delivery'], json.id)
  const took = (request?.at ?? 0) - before
  t.diagnostic(`${Math.round(took)} ms after it was recorded`)
  assert(took < 10_000, `${took} ms`)
  await nodes.startOne(api)

  // Nobody is there to stream it, between its commit and this death.
  await worker.kill()
  const { json: second } = await api.request('POST', `${workspace}/audit-log`, entry)
  await api.kill()
  await nodes.startOne(worker)
  const requests = await receiver.waitFor(2, '/one')
  assert.equal(requests[1]?.headers['atlas-delivery'], second.id)
})
