import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Receiver } from '../testing/receiver.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

const url = 'https://93.184.215.14/hook'

async function create(server: TestServer, path: string, body: Record<string, unknown> = {}) {
  const created = await server.request('POST', `${path}/endpoints`, { body: { url, ...body } })
  assert.equal(created.status, 201, created.text)
  return { ...created.json, path: `${path}/endpoints/${created.json.id}` }
}

const paths = (errors: { path: string }[]) => errors.map(({ path }) => path).sort()

test('an endpoint is answered with its defaults, and its secret once', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { path: one, secret, ...created } = await create(server, path)
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  assert.match(created.id, /^ep_[0-9a-z]{26}$/)
  const { id, created_at, updated_at, ...rest } = created
  assert.equal(created_at, updated_at)
  assert.deepEqual(rest, {
    ...{ url, description: '', stream: 'events', profile: 'atlas', types: [], filter: null, tags: [] },
    ...{ serialize: false, headers: {}, timeout_seconds: 10, max_per_second: null, max_in_flight: 20, batch: null },
    retry_schedule_seconds: [10, 30, 60, 300, 1800, 7200, 43200, 86400, 172800],
    ...{
      options: {},
      tunnel: false,
      status: 'active',
      status_reason: null,
      last_delivery: null,
      last_success_at: null,
    },
    ...{ last_failure: null, backlog: { deliveries: 0, more: false, oldest_due_at: null }, alert: null },
  })
  const shown = await server.request('GET', one)
  assert.equal(shown.status, 200)
  assert.deepEqual(shown.json, created)
  assert.ok(!shown.text.includes('whsec_'))
})

test('secrets and headers are not readable in the database', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { secret } = await create(server, path, { headers: { Authorization: 'Splunk very-secret-token-0123456789' } })
  const [row] = await server.database.query<{ text: string }>({
    name: 'dump-endpoints',
    text: `select e::text || encode(secret, 'escape') || encode(headers, 'escape') as text from endpoints e`,
  })
  assert.ok(row && row.text.length > 100)
  for (const plain of [secret, secret.slice(6), 'very-secret', 'Authorization'])
    assert.ok(!row.text.includes(plain), plain)
})

test('every fault of an endpoint is told with its path', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const wrong = await server.request('POST', `${path}/endpoints`, {
    body: {
      url: 'https://10.0.0.1/x',
      types: ['deal.*', 'deal.{a'],
      headers: { Host: 'x', 'X-Ok': 'fine', 'X-Bad': 'a\r\nb', 'Atlas-Event': 'x' },
      retry_schedule_seconds: [10, 10],
      ...{ stream: 'audit', filter: 'deal.value >' },
      ...{ batch: { max_events: 100 }, options: { a: 1 } },
    },
  })
  assert.equal(wrong.status, 422)
  assert.equal(wrong.json.code, 'validation_failed')
  assert.deepEqual(paths(wrong.json.errors), [
    ...['batch', 'filter', 'headers.Atlas-Event', 'headers.Host', 'headers.X-Bad', 'options.a'],
    ...['retry_schedule_seconds.1', 'stream', 'types.1', 'url'],
  ])

  const misshapen = await server.request('POST', `${path}/endpoints`, {
    body: {
      ...{ description: 'a\u0000b', types: ['x', 1], tags: [''], headers: { a: 1 }, timeout_seconds: 31 },
      ...{ max_in_flight: 0, retry_schedule_seconds: '10', status: 'paused', secret: 'whsec_x' },
      ...{ profile: 'smoke', batch: { max_events: 0, window_seconds: 3601, size: 1 }, options: [] },
    },
  })
  assert.equal(misshapen.status, 422)
  assert.deepEqual(paths(misshapen.json.errors), [
    ...['batch.max_events', 'batch.size', 'batch.window_seconds', 'description', 'headers.a', 'max_in_flight'],
    ...['options', 'profile', 'retry_schedule_seconds', 'secret', 'status', 'tags.0', 'timeout_seconds', 'types.1'],
    'url',
  ])
})

test('a bad pattern or schedule is refused with its place and the reason', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { path: one } = await create(server, path)
  const week = 7 * 86_400
  const rising = (length: number) => Array.from({ length }, (_, index) => index + 1)
  for (const [sent, fault, message] of [
    [{ types: ['deal.*', 'deal.{a'] }, 'types.1', /without }.*\(at character 6\)$/],
    [{ types: ['Deal.*'] }, 'types.0', /allowed.*\(at character 1\)$/],
    [{ types: ['deal.**.x.**'] }, 'types.0', /more than one \*\*/],
    [{ retry_schedule_seconds: [10, 30, 30] }, 'retry_schedule_seconds.2', /not later than the retry before/],
    [{ retry_schedule_seconds: [10, week + 1] }, 'retry_schedule_seconds.1', /7 days/],
    [{ retry_schedule_seconds: [0] }, 'retry_schedule_seconds.0', /./],
    [{ retry_schedule_seconds: rising(21) }, 'retry_schedule_seconds', /20/],
  ] as const) {
    for (const [method, to] of [
      ['POST', `${path}/endpoints`],
      ['PATCH', one],
    ] as const) {
      const { status, json } = await server.request(method, to, {
        body: { ...(method === 'POST' && { url }), ...sent },
      })
      assert.equal(status, 422, JSON.stringify(sent))
      assert.equal(json.errors.length, 1)
      assert(json.errors[0].path.startsWith(fault), json.errors[0].path)
      assert.match(json.errors[0].message, message)
    }
  }
  const longest = [...rising(19), week]
  const { status } = await server.request('PATCH', one, { body: { retry_schedule_seconds: longest } })
  assert.equal(status, 200)
})

test('a URL that leads inside is refused at creation and at change, as an address and as a name', async (t) => {
  const server = await startTestServer(t, { ATLAS_ALLOW_HTTP: 'false', ATLAS_ALLOW_TARGETS: '' })
  const { path } = await server.createWorkspace()
  const { path: one } = await create(server, path)
  for (const refused of [
    ...['http://93.184.215.14/', 'https://127.0.0.1/', 'https://localhost/', 'https://[::1]/', 'https://0x7f.1/'],
    ...['https://93.184.215.14:22/', 'https://u:p@93.184.215.14/', 'ftp://93.184.215.14/', 'nonsense', 'https://10.1/'],
  ]) {
    const created = await server.request('POST', `${path}/endpoints`, { body: { url: refused } })
    assert.deepEqual([created.status, paths(created.json.errors)], [422, ['url']], refused)
    const changed = await server.request('PATCH', one, { body: { url: refused } })
    assert.deepEqual([changed.status, paths(changed.json.errors)], [422, ['url']], refused)
  }
  assert.equal((await server.request('GET', one)).json.url, url)
})

test('a name that does not resolve yet is accepted, and the URL is kept as the parser reads it', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const created = await create(server, path, { url: 'https://Bücher.invalid:443/a/../b?c=d#e' })
  assert.equal(created.url, 'https://xn--bcher-kva.invalid/b?c=••••')
})

test('a change touches what was sent; null is the default; an empty one changes nothing', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const settings = {
    ...{ description: 'CRM', types: ['deal.*'], tags: ['eu'], headers: { 'X-Team': 'crm' } },
    ...{ timeout_seconds: 5, retry_schedule_seconds: [1, 2], max_in_flight: 3 },
  }
  const { path: one, secret: _, ...created } = await create(server, path, settings)
  const unchanged = await server.request('PATCH', one, { body: {} })
  assert.deepEqual([unchanged.status, unchanged.json], [200, created])

  const changed = await server.request('PATCH', one, { body: { description: 'ERP', retry_schedule_seconds: [] } })
  assert.equal(changed.status, 200)
  assert.ok(changed.json.updated_at > created.updated_at)
  const { updated_at } = changed.json
  assert.deepEqual(changed.json, { ...created, updated_at, description: 'ERP', retry_schedule_seconds: [] })

  const nulls = Object.fromEntries(Object.keys(settings).map((name) => [name, null]))
  const reset = await server.request('PATCH', one, { body: nulls })
  const fresh = await create(server, path)
  for (const name of Object.keys(settings)) assert.deepEqual(reset.json[name], fresh[name], name)

  for (const body of [{ url: null }, { id: 'x' }, { status: 'paused' }, { created_at: 'x' }]) {
    const refused = await server.request('PATCH', one, { body })
    assert.deepEqual([refused.status, paths(refused.json.errors)], [422, Object.keys(body)])
  }
})

test('header values are masked in answers, sent headers replace all, and masks cannot be sent back', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const headers = { Authorization: 'Bearer 0123456789abcdefghij', 'X-Short': 'hunter2' }
  const { path: one, headers: shown } = await create(server, path, { headers })
  assert.deepEqual(shown, { Authorization: '••••ghij', 'X-Short': '••••' })
  const list = await server.request('GET', `${path}/endpoints`)
  assert.ok(!list.text.includes('hunter2') && !list.text.includes('abcdef'))

  const back = await server.request('PATCH', one, { body: { headers: shown } })
  assert.deepEqual([back.status, paths(back.json.errors)], [422, ['headers.Authorization', 'headers.X-Short']])
  const replaced = await server.request('PATCH', one, { body: { headers: { 'X-Other': 'x' } } })
  assert.deepEqual(replaced.json.headers, { 'X-Other': '••••' })
})

test('of changes of different fields at the same time none is lost', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { path: one } = await create(server, path)
  const wanted = { description: 'new', tags: ['eu'], types: ['deal.*'], timeout_seconds: 3, max_in_flight: 7 }
  const answers = await Promise.all(
    Object.entries(wanted).map(([name, value]) => server.request('PATCH', one, { body: { [name]: value } })),
  )
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  const { json } = await server.request('GET', one)
  for (const [name, value] of Object.entries(wanted)) assert.deepEqual(json[name], value, name)
})

test('pause, resume, disable and enable set the status and may be repeated', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { path: one } = await create(server, path)
  const steps = [
    ...['pause', 'paused', 'pause', 'paused', 'resume', 'active', 'resume', 'active', 'disable', 'disabled'],
    ...['disable', 'disabled', 'enable', 'active', 'disable', 'disabled', 'pause', 'paused', 'enable', 'active'],
  ]
  for (let step = 0; step < steps.length; step += 2) {
    const { status, json } = await server.request('POST', `${one}/${steps[step]}`)
    assert.deepEqual([status, json.status], [200, steps[step + 1]])
    assert.equal(json.status_reason === null, json.status === 'active')
  }
  const first = await server.request('POST', `${one}/pause`)
  const again = await server.request('POST', `${one}/pause`)
  assert.deepEqual(again.json, first.json)
})

test('what is held flows on resume; a disabled endpoint gets nothing', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const receiver = await Receiver.start(t)
  const { path: one, id } = await create(server, path, { url: receiver.url() })
  await server.request('POST', `${one}/pause`)
  const body = { type: 'deal.created', data: { held: true } }
  const held = await server.request('POST', `${path}/events`, { body })
  assert.equal(held.json.deliveries, 1)
  const list = await server.request('GET', `${path}/deliveries?endpoint=${id}&state=held`)
  assert.deepEqual(
    list.json.data.map(({ state }: { state: string }) => state),
    ['held'],
  )
  assert.equal(receiver.requests().length, 0)
  await server.request('POST', `${one}/resume`)
  await receiver.waitFor(1)

  await server.request('POST', `${one}/disable`)
  assert.equal((await server.request('POST', `${path}/events`, { body })).json.deliveries, 0)
  await server.request('POST', `${one}/enable`)
  assert.equal((await server.request('POST', `${path}/events`, { body })).json.deliveries, 1)
  await receiver.waitFor(2)
})

test('a deleted endpoint is gone, gets no events, and its deliveries stay visible', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const { path: one, id } = await create(server, path)
  await server.request('POST', `${one}/pause`)
  const body = { type: 'deal.created', data: {} }
  await server.request('POST', `${path}/events`, { body })
  const deleted = await server.request('DELETE', one)
  assert.deepEqual([deleted.status, deleted.text], [204, ''])
  for (const [method, at] of [
    ...[
      ['GET', one],
      ['PATCH', one],
      ['DELETE', one],
      ['POST', `${one}/pause`],
      ['POST', `${one}/test`],
    ],
  ] as [string, string][]) {
    assert.equal((await server.request(method, at, method === 'PATCH' ? { body: {} } : {})).status, 404, at)
  }
  assert.deepEqual((await server.request('GET', `${path}/endpoints`)).json.data, [])
  assert.equal((await server.request('POST', `${path}/events`, { body })).json.deliveries, 0)
  const deliveries = await server.request('GET', `${path}/deliveries?endpoint=${id}`)
  assert.deepEqual(
    deliveries.json.data.map(({ state }: { state: string }) => state),
    ['canceled'],
  )
})

test('the endpoints of another workspace do not exist', async (t) => {
  const server = await startTestServer(t)
  const [mine, other] = [await server.createWorkspace(), await server.createWorkspace()]
  const { id } = await create(server, other.path)
  for (const [method, end] of [
    ...[
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/disable'],
    ],
    ...[
      ['POST', '/enable'],
      ['POST', '/test'],
    ],
  ] as [string, string][]) {
    const { status } = await server.request(method, `${mine.path}/endpoints/${id}${end}`, {
      ...(method === 'PATCH' && { body: { description: 'x' } }),
    })
    assert.equal(status, 404, `${method} ${end}`)
  }
  for (const id of ['ep_x', 'nonsense', 'evt_01h455vb4pex5vsknk084sn02q', 'ep_01h455vb4pex5vsknk084sn02q']) {
    assert.equal((await server.request('GET', `${mine.path}/endpoints/${id}`)).status, 404, id)
  }
  assert.equal((await server.request('GET', `${other.path}/endpoints/${id}`)).json.status, 'active')
})

test('a workspace holds as many endpoints as the operator allows, also when the last are created at once', async (t) => {
  const server = await startTestServer(t, { ATLAS_MAX_ENDPOINTS_PER_WORKSPACE: '3' })
  const { path } = await server.createWorkspace()
  await create(server, path)
  const attempts = await Promise.all(
    Array.from({ length: 6 }, () => server.request('POST', `${path}/endpoints`, { body: { url } })),
  )
  const statuses = attempts.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [201, 201, 409, 409, 409, 409])
})

test('a page has the newest first and goes on where the one before ended', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const ids: string[] = []
  for (let index = 0; index < 5; index++) ids.unshift((await create(server, path)).id)
  const seen: string[] = []
  let cursor = ''
  for (;;) {
    const page = await server.request('GET', `${path}/endpoints?limit=2${cursor}`)
    seen.push(...page.json.data.map(({ id }: { id: string }) => id))
    if (page.json.next_cursor === null) break
    cursor = `&cursor=${page.json.next_cursor}`
  }
  assert.deepEqual(seen, ids)
  for (const query of ['limit=0', 'limit=201', 'cursor=x', 'what=x']) {
    assert.equal((await server.request('GET', `${path}/endpoints?${query}`)).status, 422, query)
  }
})
