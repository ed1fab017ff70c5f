import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../testing/eventually.ts'
import { answer, gate, Receiver } from '../testing/receiver.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

const deadUrl = 'https://93.184.215.14/'
type Shown = {
  id: string
  event: string
  endpoint: string
  state: string
  type: string
  attempts: Record<string, unknown>[]
}

async function createEndpoint(server: TestServer, path: string, body: Record<string, unknown> = {}): Promise<string> {
  const { status, json, text } = await server.request('POST', `${path}/endpoints`, { body: { url: deadUrl, ...body } })
  assert.equal(status, 201, text)
  return json.id
}

async function createPaused(server: TestServer, path: string, body: Record<string, unknown> = {}): Promise<string> {
  const id = await createEndpoint(server, path, body)
  await server.request('POST', `${path}/endpoints/${id}/pause`)
  return id
}

async function publish(server: TestServer, path: string, type = 'deal.created', data: unknown = {}): Promise<string> {
  const { status, json, text } = await server.request('POST', `${path}/events`, { body: { type, data } })
  assert.equal(status, 202, text)
  return json.id
}

async function list(server: TestServer, path: string, query = ''): Promise<Shown[]> {
  const { status, json, text } = await server.request('GET', `${path}/deliveries?${query}`)
  assert.equal(status, 200, text)
  return json.data
}

/** The delivery of the event, as soon as it is in this state. */
async function inState(server: TestServer, path: string, event: string, state: string): Promise<Shown> {
  const found = await eventually(async () => (await list(server, path, `event=${event}&state=${state}`))[0] ?? null)
  return (await server.request('GET', `${path}/deliveries/${found.id}`)).json
}

test('a delivery is shown with each attempt: the exact request, and the response', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  receiver.on('/hook', answer(200, { 'x-reply': 'yes' }, 'x'.repeat(20_000)))
  const headers = { 'X-Team': 'crm', Authorization: 'Bearer 0123456789abcdefghij' }
  const endpoint = await createEndpoint(server, path, { url: receiver.url('/hook'), headers })
  const event = await publish(server, path, 'deal.created', { note: 'Zürich – €' })
  const { attempts, ...delivery } = await inState(server, path, event, 'delivered')
  const { id, created_at, settled_at, last_attempt, ...rest } = delivery as Record<string, unknown>
  assert.match(String(id), /^dlv_[0-9a-z]{26}$/)
  assert.ok(Date.parse(String(settled_at)) >= Date.parse(String(created_at)))
  assert.deepEqual(rest, {
    ...{ event, endpoint, type: 'deal.created', sequence: 1, state: 'delivered', attempt_count: 1 },
    ...{ next_attempt_at: null, dead_lettered_at: null, dead_letter_reason: null },
  })
  assert.equal(attempts.length, 1)
  const { at: attemptedAt, duration_ms: took } = attempts[0] ?? {}
  assert.deepEqual(last_attempt, { at: attemptedAt, duration_ms: took, status: 200, error: null })
  const [received] = receiver.requests('/hook')
  // biome-ignore lint/suspicious/noExplicitAny: its form is what is tested
  const { id: attemptId, at, duration_ms, timings, request, response, ...outcome } = attempts[0] as any
  assert.match(attemptId, /^att_[0-9a-z]{26}$/)
  assert.ok(Date.parse(at) > 0 && duration_ms >= 0)
  const { connect_ms, first_byte_ms, ...none } = timings
  assert.ok(Number.isInteger(connect_ms) && Number.isInteger(first_byte_ms), 'a new connection was made for it')
  assert.deepEqual(none, { dns_ms: null, tls_ms: null }, 'which an address without TLS does not need')
  assert.deepEqual(outcome, { number: 1, outcome: 'success', error: null, error_detail: null, batch: null })
  assert.deepEqual(
    [request.method, request.url, request.body],
    ['POST', receiver.url('/hook'), received?.body.toString()],
  )
  assert.equal(request.headers['Atlas-Signature'], received?.headers['atlas-signature'])
  assert.deepEqual([request.headers['X-Team'], request.headers.Authorization], ['••••', '••••ghij'])
  assert.equal(received?.headers.authorization, headers.Authorization)
  assert.deepEqual([response.status, response.headers['x-reply']], [200, 'yes'])
  assert.deepEqual([response.body, response.truncated], ['x'.repeat(16_384), true])
})

test('a failed attempt tells why and when the next one is due', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  receiver.on('/hook', answer(503, {}, 'busy'))
  await createEndpoint(server, path, { url: receiver.url('/hook') })
  const event = await publish(server, path)
  const { attempts } = await inState(server, path, event, 'retrying')
  assert.deepEqual([attempts[0]?.outcome, attempts[0]?.error], ['retry', 'status'])
  const { next_attempt_at, settled_at, last_attempt } = (await list(server, path))[0] as unknown as {
    next_attempt_at: string
    settled_at: null
    last_attempt: { status: number; error: string }
  }
  assert.deepEqual([last_attempt.status, last_attempt.error], [503, 'status'], 'in the list too')
  const wait = Date.parse(next_attempt_at) - Date.parse(String(attempts[0]?.at))
  assert.ok(wait >= 10_000 && wait <= 11_000, String(wait))
  assert.equal(settled_at, null)
})

test('deliveries are found by endpoint, event, type, time and every state that is shown', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  const held = gate()
  receiver.on('/slow', held.behaviour)
  receiver.on('/bad', answer(500))
  const endpoints = {
    held: await createPaused(server, path, { types: ['deal.held'] }),
    delivering: await createEndpoint(server, path, { url: receiver.url('/slow'), types: ['deal.delivering'] }),
    delivered: await createEndpoint(server, path, { url: receiver.url('/good'), types: ['deal.delivered'] }),
    retrying: await createEndpoint(server, path, { url: receiver.url('/bad'), types: ['deal.retrying'] }),
    dead_letter: await createEndpoint(server, path, {
      ...{ url: receiver.url('/bad'), types: ['deal.dead_letter'], retry_schedule_seconds: [] },
    }),
    canceled: await createPaused(server, path, { types: ['deal.canceled'] }),
  }
  const states = Object.keys(endpoints) as (keyof typeof endpoints)[]
  const events: Record<string, string> = {}
  for (const state of states) events[state] = await publish(server, path, `deal.${state}`)
  await server.request('DELETE', `${path}/endpoints/${endpoints.canceled}`)
  // An endpoint whose last delivery is dead-lettered without a success is paused; nothing waits there.
  for (const state of states) {
    const { id } = await inState(server, path, events[state] as string, state)
    const byState = await list(server, path, `state=${state}`)
    assert.deepEqual(
      byState.map(({ id }) => id),
      [id],
      state,
    )
    const byEndpoint = await list(server, path, `endpoint=${endpoints[state]}`)
    assert.deepEqual(
      byEndpoint.map(({ id }) => id),
      [id],
      state,
    )
    const byType = await list(server, path, `type=deal.${state}`)
    assert.deepEqual(
      byType.map(({ state }) => state),
      [state],
    )
    assert.equal((await list(server, path, `event=${events[state]}&endpoint=${endpoints[state]}`)).length, 1)
    const others = states.filter((other) => other !== state)
    for (const other of others)
      assert.deepEqual(await list(server, path, `endpoint=${endpoints[other]}&state=${state}`), [])
    assert.deepEqual(await list(server, path, `event=${events[state]}&endpoint=${endpoints[others[0] ?? 'held']}`), [])
  }
  assert.equal((await list(server, path)).length, states.length)
  assert.deepEqual(await list(server, path, 'state=pending'), [])
  const found = async (query: string) => (await list(server, path, query)).map(({ state }) => state).sort()
  assert.deepEqual(await found('state=retrying,dead_letter'), ['dead_letter', 'retrying'])
  assert.deepEqual(await found('type=deal.de*&state=delivered,delivering,held'), ['delivered', 'delivering'])
  assert.deepEqual(await found('type={deal.held,deal.retrying}'), ['held', 'retrying'])
  assert.deepEqual(await found('type=**.canceled'), ['canceled'])
  assert.deepEqual(await found('last_error=status&last_status=500'), ['dead_letter', 'retrying'])
  assert.deepEqual(await found('last_error=unknown'), [])
  assert.deepEqual(await list(server, path, 'until=2020-01-01T00:00:00Z'), [])
  assert.equal((await list(server, path, 'since=2020-01-01T00:00:00Z')).length, states.length)
  // Two of one millisecond, which is all that tells where an event's deliveries are.
  const event = { type: 'deal.held', data: {} }
  const batch = await server.request('POST', `${path}/events/batch`, { body: { events: [event, event] } })
  for (const { id } of batch.json.data) {
    const own = await list(server, path, `event=${id}&state=held,pending`)
    assert.deepEqual(
      own.map((delivery) => delivery.event),
      [id],
    )
  }
  held.open()
  await inState(server, path, events.delivering as string, 'delivered')

  for (const [query, fault] of [
    ...[
      ['state=lost', 'state'],
      ['state=retrying,dead', 'state'],
      ['state=', 'state'],
      ['endpoint=x', 'endpoint'],
      ['event=ep_01h455vb4pex5vsknk084sn02q', 'event'],
    ],
    ...[
      ['type=%00', 'type'],
      ['type=deal.{a', 'type'],
      ['last_error=bad', 'last_error'],
      ['last_status=9', 'last_status'],
      ['since=x', 'since'],
    ],
  ] as [string, string][]) {
    const { status, json } = await server.request('GET', `${path}/deliveries?${query}`)
    assert.deepEqual([status, json.errors.map((each: { path: string }) => each.path)], [422, [fault]], query)
  }
})

test('pages go through every delivery once, newest first, while new ones come in', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const one = await createPaused(server, path)
  await createPaused(server, path)
  const events = Array.from({ length: 150 }, () => ({ type: 'a.b', data: {} }))
  await server.request('POST', `${path}/events/batch`, { body: { events } })
  for (const [filter, wanted] of [
    ['', 300],
    [`endpoint=${one}&`, 150],
    ['state=held&type=a.b&', 300],
  ] as const) {
    const seen: string[] = []
    let cursor = ''
    do {
      const { json } = await server.request('GET', `${path}/deliveries?${filter}limit=70${cursor}`)
      seen.push(...json.data.map(({ id }: Shown) => id))
      cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`
      if (filter === '') await publish(server, path, 'new.one')
    } while (cursor !== '')
    const old = new Set(seen)
    assert.equal(old.size, seen.length, filter)
    assert.deepEqual(seen, [...seen].sort().reverse(), filter)
    assert.equal(seen.length, filter.startsWith('endpoint') ? wanted + 5 : wanted, filter)
  }
})

test('the deliveries of another workspace do not exist', async (t) => {
  const server = await startTestServer(t)
  const [mine, other] = [await server.createWorkspace(), await server.createWorkspace()]
  const endpoint = await createPaused(server, other.path)
  const event = await publish(server, other.path)
  const [delivery] = await list(server, other.path)
  assert.ok(delivery)
  assert.equal((await server.request('GET', `${mine.path}/deliveries/${delivery.id}`)).status, 404)
  assert.equal((await server.request('POST', `${mine.path}/deliveries/${delivery.id}/replay`)).status, 404)
  assert.equal((await server.request('GET', `${mine.path}/deliveries/dlv_x`)).status, 404)
  for (const query of ['', `endpoint=${endpoint}`, `event=${event}`])
    assert.deepEqual(await list(server, mine.path, query), [])
})

test('a replay makes a settled delivery due again, with the same body and the next attempt number', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  receiver.on('/hook', answer(500))
  const endpoint = await createEndpoint(server, path, { url: receiver.url('/hook'), retry_schedule_seconds: [] })
  const event = await publish(server, path)
  const dead = (await inState(server, path, event, 'dead_letter')) as Shown & { dead_lettered_at: string }
  assert.ok(dead.dead_lettered_at)
  // What somebody needs to sort dead letters by endpoint and cause is in the list already.
  const listed = (await list(server, path, 'state=dead_letter')) as (Shown & { dead_letter_reason: string })[]
  assert.deepEqual(
    listed.map(({ endpoint, dead_letter_reason }) => [endpoint, dead_letter_reason]),
    [[endpoint, 'retries_exhausted']],
  )
  receiver.on('/hook', answer(200))
  const replayed = await server.request('POST', `${path}/deliveries/${dead.id}/replay`)
  assert.equal(replayed.status, 202)
  assert.deepEqual([replayed.json.id, replayed.json.dead_lettered_at, replayed.json.attempt_count], [dead.id, null, 1])
  const waiting = await server.request('GET', `${path}/deliveries/${dead.id}`)
  assert.deepEqual([replayed.json.dead_letter_reason, waiting.json.dead_letter_reason], [null, null])
  // The failure may have paused the endpoint.
  await server.request('POST', `${path}/endpoints/${endpoint}/resume`)
  const { attempts } = await inState(server, path, event, 'delivered')
  assert.deepEqual(
    attempts.map(({ number }) => number),
    [1, 2],
  )
  const [first, second] = await receiver.waitFor(2)
  assert.equal(second?.body.toString(), first?.body.toString())
  assert.deepEqual([first?.headers['atlas-attempt'], second?.headers['atlas-attempt']], ['1', '2'])
})

test('a replay between two retries is attempted at once and leaves the retry where it was', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  receiver.on('/hook', answer(500))
  await createEndpoint(server, path, { url: receiver.url('/hook'), retry_schedule_seconds: [3600, 7200] })
  const event = await publish(server, path)
  const before = (await inState(server, path, event, 'retrying')) as Shown & { next_attempt_at: string }
  assert.equal((await server.request('POST', `${path}/deliveries/${before.id}/replay`)).status, 202)
  const after = await eventually(async () => {
    const { json } = await server.request('GET', `${path}/deliveries/${before.id}`)
    return json.attempt_count === 2 && json.state === 'retrying' ? json : null
  })
  assert.equal(after.next_attempt_at, before.next_attempt_at)
})

test('a replay to an endpoint that is deleted or disabled is refused, to a paused one it is held', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const endpoint = await createPaused(server, path)
  const event = await publish(server, path)
  const [delivery] = await list(server, path, `event=${event}`)
  const replay = () => server.request('POST', `${path}/deliveries/${delivery?.id}/replay`)
  assert.deepEqual([(await replay()).status, (await replay()).json.state], [202, 'held'])
  await server.request('POST', `${path}/endpoints/${endpoint}/disable`)
  assert.deepEqual([(await replay()).status, (await replay()).json.code], [409, 'conflict'])
  await server.request('DELETE', `${path}/endpoints/${endpoint}`)
  assert.deepEqual([(await replay()).status, (await replay()).json.code], [409, 'conflict'])
})
