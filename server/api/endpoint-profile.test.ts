import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { answer, Receiver } from '../testing/receiver.ts'
import { startTestServer } from '../testing/server.ts'

const url = 'https://hooks.acme.invalid/in'
const paths = (errors: { path: string }[]) => errors.map(({ path }) => path).sort()

test('a profile that sends batches has limits, options and a schedule of its own, which can be changed', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const plain = await server.request('POST', `${path}/endpoints`, { body: { url, profile: 'cloudevents' } })
  assert.equal(plain.status, 201, plain.text)
  const { profile, batch, options, retry_schedule_seconds } = plain.json
  assert.deepEqual(
    { profile, batch, options },
    {
      ...{ profile: 'cloudevents', batch: { max_events: 100, window_seconds: 30 }, options: {} },
    },
  )
  assert.deepEqual(retry_schedule_seconds, [60, 240, 960, 3840, 15360])

  const one = `${path}/endpoints/${plain.json.id}`
  const change = { profile: 'cloudevents', batch: { max_events: 5 }, options: { content_type: 'application/json' } }
  const changed = await server.request('PATCH', one, { body: change })
  assert.equal(changed.status, 200, changed.text)
  assert.deepEqual(changed.json.batch, { max_events: 5, window_seconds: 30 })
  assert.deepEqual((await server.request('GET', one)).json.options, { content_type: 'application/json' })
  const kept = await server.request('PATCH', one, { body: { description: 'x' } })
  assert.deepEqual(kept.json.batch, { max_events: 5, window_seconds: 30 })
  const reset = await server.request('PATCH', one, {
    body: { batch: null, options: null, retry_schedule_seconds: null },
  })
  assert.deepEqual(
    [reset.json.batch, reset.json.options, reset.json.retry_schedule_seconds.length],
    [{ max_events: 100, window_seconds: 30 }, {}, 5],
  )
})

test('what another profile takes is refused, and so is another profile', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const refused = async (method: string, at: string, body: object) => {
    const { status, json } = await server.request(method, at, { body })
    assert.equal(status, 422)
    return paths(json.errors)
  }
  const create = (body: object) => refused('POST', `${path}/endpoints`, { url, ...body })
  const batch = { max_events: 10 }
  assert.deepEqual(await create({ batch, options: { content_type: 'a/b' } }), ['batch', 'options.content_type'])
  assert.deepEqual(await create({ profile: 'elastic', options: { content_type: 'a/b' } }), ['options.content_type'])
  assert.deepEqual(await create({ profile: 'cloudevents', options: { content_type: 'a\r\nb', x: 1 } }), [
    ...['options.content_type', 'options.x'],
  ])

  const { json } = await server.request('POST', `${path}/endpoints`, { body: { url } })
  const one = `${path}/endpoints/${json.id}`
  assert.deepEqual(await refused('PATCH', one, { profile: 'cloudevents', batch }), ['batch', 'profile'])
  const { json: sends } = await server.request('POST', `${path}/endpoints`, { body: { url, profile: 'cloudevents' } })
  // null is the default, which is another one.
  assert.deepEqual(await refused('PATCH', `${path}/endpoints/${sends.id}`, { profile: null }), ['profile'])
})

test('a test is a batch of one, is recorded as such, and says what came of it', async (t) => {
  const server = await startTestServer(t)
  const receiver = await Receiver.start(t)
  const { path, id: workspace } = await server.createWorkspace()
  const { json: endpoint } = await server.request('POST', `${path}/endpoints`, {
    body: { url: receiver.url('/in'), profile: 'cloudevents' },
  })
  const one = `${path}/endpoints/${endpoint.id}`
  const tested = await server.request('POST', `${one}/test`, { body: { type: 'deal.created' } })
  assert.deepEqual([tested.json.ok, tested.json.status], [true, 200])
  const [request] = receiver.requests()
  assert(request)
  const signature = createHmac('sha256', endpoint.secret).update(request.body).digest('hex')
  assert.equal(request.headers['x-webhook-signature'], `sha256=${signature}`)
  const [event, ...more] = JSON.parse(request.body.toString())
  assert.equal(more.length, 0)
  assert.deepEqual([event.source, event.type], [`${server.url}/workspaces/${workspace}`, 'deal.created'])

  const { json: list } = await server.request('GET', `${path}/deliveries?endpoint=${endpoint.id}`)
  const shown = await server.request('GET', `${path}/deliveries/${list.data[0].id}`)
  assert.deepEqual([shown.json.state, shown.json.sequence, shown.json.attempts.length], ['delivered', 0, 1])
  const [attempt] = shown.json.attempts
  assert.deepEqual([attempt.number, attempt.outcome, attempt.batch], [1, 'success', { deliveries: 1 }])
  assert.equal(attempt.request.body, request.body.toString())
  assert.equal(attempt.request.headers['X-Webhook-Id'], endpoint.id)

  receiver.on('/in', answer(415))
  const failed = await server.request('POST', `${one}/test`, { body: {} })
  assert.deepEqual([failed.json.ok, failed.json.error], [false, 'status'])

  // Of a deleted endpoint the deliveries stay visible as they were.
  await server.request('DELETE', one)
  const after = await server.request('GET', `${path}/deliveries/${list.data[0].id}`)
  assert.equal(after.json.attempts[0].request.body, request.body.toString())
})

test('a compressed batch is shown as it was before', async (t) => {
  const server = await startTestServer(t)
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace()
  const { json: endpoint } = await server.request('POST', `${path}/endpoints`, {
    body: { url: receiver.url('/lines'), profile: 'ndjson', options: { gzip: true } },
  })
  const tested = await server.request('POST', `${path}/endpoints/${endpoint.id}/test`, { body: {} })
  assert.equal(tested.json.ok, true, tested.text)
  const { json: list } = await server.request('GET', `${path}/deliveries?endpoint=${endpoint.id}`)
  const shown = await server.request('GET', `${path}/deliveries/${list.data[0].id}`)
  const { body, headers } = shown.json.attempts[0].request
  assert.equal(headers['Content-Encoding'], 'gzip')
  assert.equal(body, gunzipSync(receiver.requests()[0]?.body ?? '').toString())
  assert.equal(JSON.parse(body).specversion, '1.0')
})

test('the token in a URL is masked wherever it is shown, still sent, and its mask cannot be sent back', async (t) => {
  const server = await startTestServer(t)
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace()
  const whole = receiver.url('/in?token=s3cret-token-of-the-endpoint&v=1')
  const masked = receiver.url('/in?token=••••oint&v=••••')
  const created = await server.request('POST', `${path}/endpoints`, { body: { url: whole, profile: 'ndjson' } })
  assert.equal(created.json.url, masked)
  const one = `${path}/endpoints/${created.json.id}`
  await server.request('POST', `${one}/test`, { body: {} })
  assert.equal(receiver.requests()[0]?.path, '/in?token=s3cret-token-of-the-endpoint&v=1')
  const { json: list } = await server.request('GET', `${path}/deliveries?endpoint=${created.json.id}`)
  const answers = await Promise.all(
    [one, `${path}/endpoints`, `${path}/deliveries/${list.data[0].id}`].map((at) => server.request('GET', at)),
  )
  for (const { text } of answers) {
    assert(text.includes(JSON.stringify(masked)), text)
    assert.doesNotMatch(text, /s3cret/)
  }

  for (const [method, at] of [['PATCH', one] as const, ['POST', `${path}/endpoints`] as const]) {
    for (const url of [masked, new URL(masked).href]) {
      const { status, json } = await server.request(method, at, { body: { url } })
      assert.deepEqual([status, paths(json.errors)], [422, ['url']])
    }
  }
  await server.request('PATCH', one, { body: { description: 'x' } })
  await server.request('POST', `${one}/test`, { body: {} })
  assert.equal(receiver.requests()[1]?.path, '/in?token=s3cret-token-of-the-endpoint&v=1')
})

test('what a collector remarks on a success is told with the attempt', async (t) => {
  const server = await startTestServer(t)
  const receiver = await Receiver.start(t)
  receiver.on('/v1/logs', answer(200, {}, '{"partialSuccess":{"errorMessage":"slow down"}}'))
  const { path } = await server.createWorkspace()
  const { json: endpoint } = await server.request('POST', `${path}/endpoints`, {
    body: { url: receiver.url('/v1/logs'), profile: 'otlp' },
  })
  const tested = await server.request('POST', `${path}/endpoints/${endpoint.id}/test`, { body: {} })
  const remark = 'the collector warns: slow down'
  assert.deepEqual([tested.json.ok, tested.json.error, tested.json.error_detail], [true, null, remark])
  const { json: list } = await server.request('GET', `${path}/deliveries?endpoint=${endpoint.id}`)
  const { json: shown } = await server.request('GET', `${path}/deliveries/${list.data[0].id}`)
  assert.deepEqual([shown.state, shown.attempts[0].error_detail], ['delivered', remark])
})
