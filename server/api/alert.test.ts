import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fromTypeId } from '../domain/identifier.ts'
import { endAlerts, openAlerts } from '../storage/trouble.ts'
import { newId } from '../testing/seed.ts'
import { startTestServer } from '../testing/server.ts'

const url = 'https://93.184.215.14/hook?token=a-very-secret-token-0123456789'
const fail = {
  name: 'fail',
  text: `
update endpoint_health set last_success_at = $2, failures = jsonb_build_array(jsonb_build_object(
  'at', '2026-01-15T10:30:00.123Z', 'error', 'status', 'detail', 'the endpoint answered 500', 'status', 500))
where endpoint_id = $1`,
}

async function open(t: TestContext) {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const endpoint = async () => {
    const { json } = await server.request('POST', `${path}/endpoints`, { body: { url } })
    return json.id as string
  }
  return {
    ...{ server, path, endpoint },
    async trouble(id: string, reason: 'gone' | 'paused' = 'gone') {
      const endpointId = fromTypeId('ep', id) ?? ''
      await server.database.execute(fail, [endpointId, null])
      await openAlerts(server.database, [{ alertId: newId(), endpointId, reason, deadLettered: null }], new Date())
    },
    async recover(id: string) {
      await server.database.execute(fail, [fromTypeId('ep', id), new Date()])
      await endAlerts(server.database, new Date(), null, 10)
    },
    list: async (query = '') => (await server.request('GET', `${path}/alerts${query}`)).json,
  }
}

test('an alert is listed, and shown by its endpoint while it is open', async (t) => {
  const { server, path, endpoint, trouble, recover, list } = await open(t)
  const id = await endpoint()
  assert.deepEqual(await list(), { data: [], next_cursor: null })
  await trouble(id)
  const { data } = await list()
  assert.match(data[0].id, /^alr_[0-9a-z]{26}$/)
  const shown = {
    ...{ id: data[0].id, endpoint: id, state: 'open', reason: 'gone', opened_at: '2026-01-15T10:30:00.123Z' },
    ...{ recovered_at: null, times_opened: 1, dead_lettered: 0 },
    last_error: {
      ...{ at: '2026-01-15T10:30:00.123Z', error: 'status', error_detail: 'the endpoint answered 500', status: 500 },
    },
    mails: { sent: 0, waiting: 0, last_sent_at: null, last_error: null },
  }
  assert.deepEqual(data, [shown])
  const one = (await server.request('GET', `${path}/endpoints/${id}`)).json
  assert.deepEqual(one.alert, { id: shown.id, reason: 'gone', opened_at: shown.opened_at })
  assert.deepEqual(one.last_failure, shown.last_error)
  await recover(id)
  const [after] = (await list()).data
  assert.equal(after.state, 'recovered')
  assert(Date.parse(after.recovered_at) > Date.parse(after.opened_at))
  assert.equal((await server.request('GET', `${path}/endpoints/${id}`)).json.alert, null)
})

test('alerts are listed newest first, in pages, by endpoint and by state, each workspace its own', async (t) => {
  const { server, path, endpoint, trouble, recover, list } = await open(t)
  const ids = [await endpoint(), await endpoint(), await endpoint()] as const
  for (const id of ids) await trouble(id)
  await recover(ids[1])
  const endpoints = async (query: string) => (await list(query)).data.map((row: { endpoint: string }) => row.endpoint)
  assert.deepEqual(await endpoints(''), [ids[2], ids[1], ids[0]])
  assert.deepEqual(await endpoints('?state=open'), [ids[2], ids[0]])
  assert.deepEqual(await endpoints(`?endpoint=${ids[1]}`), [ids[1]])
  assert.deepEqual(await endpoints(`?endpoint=${ids[1]}&state=open`), [])
  const first = await list('?limit=2')
  assert.deepEqual(await endpoints(`?limit=2&cursor=${first.next_cursor}`), [ids[0]])
  const wrong = await server.request('GET', `${path}/alerts?endpoint=x&limit=5`)
  assert.deepEqual([wrong.status, wrong.json.errors[0].path], [422, 'endpoint'])
  const other = await server.createWorkspace()
  assert.deepEqual((await server.request('GET', `${other.path}/alerts?endpoint=${ids[0]}`)).json.data, [])
})

test('what is in an answer of alerts holds no secret of the URL', async (t) => {
  const { server, path, endpoint, trouble } = await open(t)
  await trouble(await endpoint())
  for (const list of ['alerts', 'endpoints']) {
    const { text } = await server.request('GET', `${path}/${list}`)
    assert(!text.includes('very-secret'), text)
  }
})

test('the addresses for alerts are checked, at most ten, and their change is in the audit log', async (t) => {
  const { server, path } = await open(t)
  const set = (alert_emails: unknown) => server.request('PATCH', path, { body: { alert_emails } })
  assert.deepEqual((await server.request('GET', path)).json.alert_emails, [])
  assert.deepEqual((await set(['ops@acme.example', 'a+b@c.example'])).json.alert_emails, [
    ...['ops@acme.example', 'a+b@c.example'],
  ])
  const { data } = (await server.request('GET', `${path}/audit-log?action=settings_changed`)).json
  assert.deepEqual(data[0].metadata.changes, {
    alert_emails: { before: [], after: ['ops@acme.example', 'a+b@c.example'] },
  })
  const many = Array.from({ length: 11 }, (_, index) => `a${index}@acme.example`)
  const bad = [
    ...[many, ['x'], ['a@b.example, c@d.example'], ['a@b.example\r\nBcc: c@d.example'], ['A <a@b.example>']],
    ...[['a@b.example', 'a@b.example'], 'a@b.example', null, [5], [`${'a'.repeat(250)}@b.example`]],
  ]
  for (const value of bad) assert.equal((await set(value)).status, 422, JSON.stringify(value))
  assert.equal((await server.request('GET', path)).json.alert_emails.length, 2)
  assert.deepEqual((await set([])).json.alert_emails, [])
  const made = await server.request('POST', '/v1/workspaces', { body: { name: 'B', alert_emails: ['b@b.example'] } })
  assert.deepEqual(made.json.alert_emails, ['b@b.example'])
})
