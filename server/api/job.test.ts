import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromTypeId, toTypeId } from '../domain/identifier.ts'
import { mostRunningJobs } from '../domain/job.ts'
import { eventually } from '../testing/eventually.ts'
import { plantHistory } from '../testing/history.ts'
import { Receiver } from '../testing/receiver.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

const since = '2026-01-15T00:00:00.000Z'

async function create(server: TestServer, path: string, url: string) {
  const { json, text } = await server.request('POST', `${path}/endpoints`, { body: { url } })
  assert(json.id, text)
  return { id: json.id as string, uuid: fromTypeId('ep', json.id) ?? '', path: `${path}/endpoints/${json.id}` }
}

const ended = (server: TestServer, path: string, id: string) =>
  eventually(async () => {
    const { json } = await server.request('GET', `${path}/jobs/${id}`)
    return json.state === 'running' ? null : json
  })

test('deliveries are redelivered in bulk by a job that is shown, listed and ends with everything delivered', async (t) => {
  const receiver = await Receiver.start(t)
  const server = await startTestServer(t)
  const { id: workspace, path } = await server.createWorkspace()
  const endpoint = await create(server, path, receiver.url())
  const workspaceId = fromTypeId('ws', workspace) ?? ''
  await plantHistory(server.database, { workspaceId, endpointId: endpoint.uuid, count: 30 })
  await plantHistory(server.database, { workspaceId, endpointId: endpoint.uuid, count: 20, state: 'dead_letter' })

  const body = { since, states: ['dead_letter'], types: ['deal.created'] }
  const started = await server.request('POST', `${endpoint.path}/redeliver`, { body })
  assert.equal(started.status, 202, started.text)
  const { id, until, created_at, ...rest } = started.json
  assert.match(id, /^job_/)
  assert(Date.parse(until) >= Date.parse(created_at))
  assert.deepEqual(rest, {
    ...{ kind: 'redeliver', state: 'running', endpoint: endpoint.id, since, states: ['dead_letter'] },
    ...{ types: ['deal.created'], last_error: null, last_status: null },
    ...{ done: 0, total: null, error: null, finished_at: null },
  })
  const done = await ended(server, path, id)
  assert.deepEqual([done.state, done.done, done.total], ['done', 20, 20])
  await receiver.waitFor(20)
  // A request that has arrived is recorded a moment later; until then its delivery waits, and jobs leave it alone.
  await eventually(async () => {
    const { json } = await server.request('GET', `${path}/deliveries?state=delivered&limit=200`)
    return json.data.length === 50 ? true : null
  })

  const all = await server.request('POST', `${endpoint.path}/redeliver`, { body: { since } })
  await receiver.waitFor(70)
  assert.equal((await ended(server, path, all.json.id)).done, 50)
  const listed = await server.request('GET', `${path}/jobs?limit=1`)
  assert.deepEqual([listed.json.data[0].id, typeof listed.json.next_cursor], [all.json.id, 'string'])
  const next = await server.request('GET', `${path}/jobs?cursor=${listed.json.next_cursor}`)
  assert.deepEqual([next.json.data[0].id, next.json.data.length, next.json.next_cursor], [id, 1, null])
  assert.equal((await server.request('DELETE', `${path}/jobs/${id}`)).status, 409, 'it has ended')
})

test('dead letters are replayed by a job, and a job is canceled', async (t) => {
  const receiver = await Receiver.start(t)
  const server = await startTestServer(t)
  const { id: workspace, path } = await server.createWorkspace()
  const [endpoint, slow] = [
    await create(server, path, receiver.url()),
    await create(server, path, receiver.url('/slow')),
  ]
  const workspaceId = fromTypeId('ws', workspace) ?? ''
  await plantHistory(server.database, { workspaceId, endpointId: endpoint.uuid, count: 7, state: 'dead_letter' })
  const dead = (await server.request('GET', `${path}/deliveries?state=dead_letter`)).json.data
  const replay = (body: unknown) => server.request('POST', `${path}/dead-letters/replay`, { body })
  const one = await replay({ ids: [dead[0].id] })
  assert.deepEqual([one.status, one.json.kind, one.json.endpoint], [202, 'replay_dead_letters', null])
  assert.equal((await ended(server, path, one.json.id)).done, 1)
  const rest = await replay({})
  assert.equal((await ended(server, path, rest.json.id)).done, 6)
  await receiver.waitFor(7)

  receiver.on('/slow', () => {})
  await plantHistory(server.database, { workspaceId, endpointId: slow.uuid, count: 3_000 })
  const { json: job } = await server.request('POST', `${slow.path}/redeliver`, { body: { since } })
  await eventually(async () =>
    (await server.request('GET', `${path}/jobs/${job.id}`)).json.done >= 1_000 ? true : null,
  )
  assert.equal((await server.request('DELETE', `${path}/jobs/${job.id}`)).status, 204)
  const canceled = await ended(server, path, job.id)
  assert.equal(canceled.state, 'canceled')
  assert(canceled.done < 3_000 && canceled.total === 3_000 && canceled.finished_at)
  assert.equal((await server.request('DELETE', `${path}/jobs/${job.id}`)).status, 204, 'again')
})

test('what a job cannot do is refused, and jobs of one workspace are bounded and not shown to another', async (t) => {
  const server = await startTestServer(t)
  const [{ path }, other] = [await server.createWorkspace(), await server.createWorkspace()]
  const endpoint = await create(server, path, 'https://93.184.215.14/')
  const faults = async (route: string, body: unknown) => {
    const { status, json } = await server.request('POST', route, { body })
    return [status, ...(json.errors ?? []).map((fault: { path: string }) => fault.path)]
  }
  const redeliver = `${endpoint.path}/redeliver`
  assert.deepEqual(await faults(redeliver, {}), [422, 'since'])
  assert.deepEqual(await faults(redeliver, { since: 'yesterday' }), [422, 'since'])
  assert.deepEqual(await faults(redeliver, { since, until: since }), [422, 'since'])
  assert.deepEqual(await faults(redeliver, { since: '2999-01-01T00:00:00Z' }), [422, 'since'])
  assert.deepEqual(await faults(redeliver, { since, states: ['retrying'] }), [422, 'states.0'])
  assert.deepEqual(await faults(redeliver, { since, types: ['a b'] }), [422, 'types.0'])
  assert.deepEqual(await faults(redeliver, { since, what: 1 }), [422, 'what'])
  const replay = `${path}/dead-letters/replay`
  assert.deepEqual(await faults(replay, { ids: ['evt_x'] }), [422, 'ids.0'])
  const foreign = await create(server, other.path, 'https://93.184.215.14/')
  assert.deepEqual(await faults(replay, { endpoint: foreign.id }), [422, 'endpoint'])
  assert.deepEqual(await faults(`${path}/endpoints/${foreign.id}/redeliver`, { since }), [404])
  await server.request('POST', `${endpoint.path}/disable`)
  assert.deepEqual(await faults(redeliver, { since }), [409])
  await server.request('DELETE', endpoint.path)
  assert.deepEqual(await faults(redeliver, { since }), [404])

  await server.database.execute(
    {
      name: 'fill-jobs',
      text: `insert into jobs (id, workspace_id, kind, until, states, types, counted_to, done_to, due_at, advanced_at, created_at)
      select gen_random_uuid(), $1, 'redeliver', now(), '{}', '{}', gen_random_uuid(), gen_random_uuid(), 'infinity', now(), now()
      from generate_series(1, ${mostRunningJobs})`,
    },
    [fromTypeId('ws', path.split('/').at(-1) ?? '')],
  )
  assert.deepEqual(await faults(replay, {}), [409])
  const [job] = (await server.request('GET', `${path}/jobs`)).json.data
  assert.equal((await server.request('GET', `${other.path}/jobs/${job.id}`)).status, 404)
  assert.equal((await server.request('DELETE', `${other.path}/jobs/${job.id}`)).status, 404)
  assert.deepEqual((await server.request('GET', `${other.path}/jobs`)).json.data, [])
  assert.equal((await server.request('GET', `${path}/jobs/${toTypeId('job', endpoint.uuid)}`)).status, 404)
})
