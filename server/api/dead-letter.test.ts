import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../testing/eventually.ts'
import { answer, Receiver } from '../testing/receiver.ts'
import { startTestServer } from '../testing/server.ts'

test('dead letters are seen in groups, and a group is listed and replayed by what it has in common', async (t) => {
  const [server, receiver] = [await startTestServer(t), await Receiver.start(t)]
  const { path } = await server.createWorkspace()
  const create = async (name: string) => {
    const body = { url: receiver.url(name), retry_schedule_seconds: [], types: [`${name.slice(1)}.*`] }
    return (await server.request('POST', `${path}/endpoints`, { body })).json.id as string
  }
  const [crm, erp] = [await create('/crm'), await create('/erp')]
  const resume = async () => {
    for (const id of [crm, erp]) await server.request('POST', `${path}/endpoints/${id}/resume`)
  }
  // A dead letter pauses an endpoint that had no success: what comes next is held until somebody resumes it.
  const publish = async (type: string) => {
    const { id } = (await server.request('POST', `${path}/events`, { body: { type, data: {} } })).json
    await eventually(async () => {
      await resume()
      const { json } = await server.request('GET', `${path}/deliveries?event=${id}`)
      return json.data[0].state === 'dead_letter' ? true : null
    })
  }
  receiver.on('/crm', answer(500))
  receiver.on('/erp', answer(404))
  for (let count = 0; count < 3; count++) await publish('crm.created')
  await publish('erp.created')
  receiver.on('/crm', answer(404))
  for (let count = 0; count < 2; count++) await publish('crm.changed')

  const groups = async (query = '') => {
    const { status, json, text } = await server.request('GET', `${path}/dead-letters/groups${query}`)
    assert.equal(status, 200, text)
    assert.equal(json.more, false)
    return json.data as Record<string, unknown>[]
  }
  const [first, ...rest] = await groups()
  const { first_dead_lettered_at: since, last_dead_lettered_at: until, ...key } = first ?? {}
  assert.deepEqual(key, { endpoint: crm, last_error: 'status', last_status: 500, count: 3 })
  assert(Date.parse(String(since)) < Date.parse(String(until)))
  assert.deepEqual(
    rest.map((each) => [each.endpoint, each.last_status, each.count]),
    [
      [crm, 404, 2],
      [erp, 404, 1],
    ],
  )
  assert.deepEqual(
    (await groups(`?endpoint=${crm}&type=crm.ch*`)).map((each) => each.count),
    [2],
  )
  const listed = `state=dead_letter&endpoint=${crm}&last_error=status&last_status=404`
  assert.equal((await server.request('GET', `${path}/deliveries?${listed}`)).json.data.length, 2)

  receiver.on('/crm', answer(200))
  receiver.on('/erp', answer(200))
  await resume()
  const replay = async (body: unknown) => {
    const started = await server.request('POST', `${path}/dead-letters/replay`, { body })
    assert.equal(started.status, 202, started.text)
    const done = await eventually(async () => {
      const { json } = await server.request('GET', `${path}/jobs/${started.json.id}`)
      return json.state === 'running' ? null : json
    })
    return [done.state, done.done, done.total, done.last_error, done.last_status]
  }
  const ofGroup = { endpoint: crm, last_error: 'status', last_status: 404 }
  assert.deepEqual(await replay(ofGroup), ['done', 2, 2, 'status', 404])
  assert.deepEqual(
    (await groups()).map((each) => [each.endpoint, each.last_status, each.count]),
    [
      [crm, 500, 3],
      [erp, 404, 1],
    ],
  )
  assert.deepEqual(await replay({ types: ['erp.*'] }), ['done', 1, 1, null, null])
  assert.deepEqual(await replay({}), ['done', 3, 3, null, null])
  assert.deepEqual(await groups(), [])

  for (const [body, fault] of [
    [{ last_error: 'bad' }, 'last_error'],
    [{ last_status: 5 }, 'last_status'],
    [{ types: ['deal.*', 'deal.{a'] }, 'types.1'],
  ]) {
    const { status, json } = await server.request('POST', `${path}/dead-letters/replay`, { body })
    assert.deepEqual([status, json.errors[0].path], [422, fault])
  }
  for (const [query, fault] of [
    ['endpoint=x', 'endpoint'],
    ['type=a..b', 'type'],
    ['since=x', 'since'],
    ['what=1', 'what'],
  ]) {
    const { status, json } = await server.request('GET', `${path}/dead-letters/groups?${query}`)
    assert.deepEqual([status, json.errors[0].path], [422, fault])
  }
})
