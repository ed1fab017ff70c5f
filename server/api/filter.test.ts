import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../testing/server.ts'

const url = 'https://93.184.215.14/hook'

test('a filter decides which events an endpoint gets, from the moment at which it is set', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { status, json } = await server.request('POST', `${path}/endpoints`, {
    body: { url, filter: 'deal.value > 10000' },
  })
  assert.equal(status, 201)
  assert.equal(json.filter, 'deal.value > 10000')
  const one = `${path}/endpoints/${json.id}`
  const deliveries = async (data: unknown, type = 'deal.created') => {
    const answer = await server.request('POST', `${path}/events`, { body: { type, data } })
    assert.equal(answer.status, 202, answer.text)
    return answer.json.deliveries
  }
  assert.equal(await deliveries({ value: 48000 }), 1)
  assert.equal(await deliveries({ value: 48000.5 }), 1)
  assert.equal(await deliveries({ value: 100 }), 0)
  assert.equal(await deliveries({ value: 'much' }), 0)
  assert.equal(await deliveries({}), 0)
  assert.equal(await deliveries({ value: 48000 }, 'contact.created'), 0)

  const batch = await server.request('POST', `${path}/events/batch`, {
    body: { events: [1, 20000, 3, 40000].map((value) => ({ type: 'deal.created', data: { value } })) },
  })
  assert.deepEqual(
    batch.json.data.map(({ deliveries }: { deliveries: number }) => deliveries),
    [0, 1, 0, 1],
  )

  assert.equal((await server.request('PATCH', one, { body: { filter: 'data.value < 10' } })).status, 200)
  assert.equal(await deliveries({ value: 48000 }), 0)
  assert.equal(await deliveries({ value: 5 }), 1)
  const { json: described } = await server.request('PATCH', one, { body: { description: 'as before' } })
  assert.equal(described.filter, 'data.value < 10')
  assert.equal((await server.request('PATCH', one, { body: { filter: null } })).json.filter, null)
  assert.equal(await deliveries({ value: 48000 }), 1)
})

test('a bad filter is refused when it is saved, with its position and reason', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { json } = await server.request('POST', `${path}/endpoints`, { body: { url } })
  for (const [filter, message] of [
    ['deal.value >', 'Unexpected token: EOF (at line 1, column 13)'],
    ['true &&\n  now() > 3', /^there is no function now\(\); .* \(at line 2, column 3\)$/],
    ['type == "\u0000"', /control character.*column 10\)$/],
    [`${'x'.repeat(4_097)}`, 'must have at most 4096 characters'],
    ['data.x.matches("(?<=a)b")', /^the pattern is not accepted: .*column 16\)$/],
  ] as const) {
    const requests = [
      ['POST', `${path}/endpoints`, { url, filter }],
      ['PATCH', `${path}/endpoints/${json.id}`, { filter }],
      ['POST', `${path}/filters/test`, { filter, event: { type: 'deal.created', data: {} } }],
    ] as const
    for (const [method, to, body] of requests) {
      const answer = await server.request(method, to, { body })
      assert.equal(answer.status, 422, `${method} ${to} ${filter}`)
      assert.equal(answer.json.errors.length, 1)
      assert.equal(answer.json.errors[0].path, 'filter')
      if (typeof message === 'string') assert.equal(answer.json.errors[0].message, message)
      else assert.match(answer.json.errors[0].message, message)
    }
  }
})

test('trying a filter says whether it matches and why, and stores nothing', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const ask = async (filter: string, event: object) =>
    await server.request('POST', `${path}/filters/test`, { body: { filter, event } })
  const deal = { type: 'deal.created', data: { value: 48000 }, tags: ['eu'], created: 1_768_473_000 }
  for (const [filter, matches, reason] of [
    ['deal.value > 10000 && "eu" in tags && event.created == 1768473000', true, 'The expression is true.'],
    ['deal.value > 90000', false, 'The expression is false.'],
    ['deal.stage == "won"', false, 'The expression does not apply: there is no field "stage".'],
  ] as const) {
    const answer = await ask(filter, deal)
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(answer.json, { matches, reason })
  }
  const id = 'evt_01h455vb4pex5vsknk084sn02q'
  assert.equal((await ask(`event.id == "${id}"`, { ...deal, id })).json.matches, true)
  assert.equal((await ask('event.id.startsWith("evt_")', deal)).json.matches, true)
  const wrong = await ask('true', { ...deal, id: 'nonsense', type: 'No Type' })
  assert.deepEqual(
    wrong.json.errors.map(({ path }: { path: string }) => path),
    ['event.id', 'event.type'],
  )
  assert.equal((await ask('true', { type: 'deal.created' })).json.errors[0].path, 'event.data')
  assert.deepEqual((await server.request('GET', `${path}/events`)).json.data, [])
})
