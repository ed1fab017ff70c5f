import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { mostPreviousSecrets } from '../domain/secret-rotation.ts'
import { type ReceivedRequest, Receiver } from '../testing/receiver.ts'
import { startTestServer } from '../testing/server.ts'

async function open(t: TestContext) {
  const receiver = await Receiver.start(t)
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace()
  const created = await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url() } })
  assert.equal(created.status, 201, created.text)
  const one = `${path}/endpoints/${created.json.id}`
  let sent = 0
  /** What arrives when an event is published now. */
  const arrival = async (): Promise<ReceivedRequest> => {
    const published = await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
    assert.equal(published.status, 202, published.text)
    const arrived = (await receiver.waitFor(++sent)).at(-1)
    assert(arrived)
    return arrived
  }
  return { server, path, one, first: String(created.json.secret), rotate: `${one}/secret/rotate`, arrival }
}

/** Which of the secrets the verifiers of Stripe and of Standard Webhooks accept, which must agree. */
function accepted({ body, headers }: ReceivedRequest, secrets: readonly string[]): number[] {
  const accepts = (verify: () => unknown): boolean => {
    try {
      verify()
      return true
    } catch {
      return false
    }
  }
  return secrets.flatMap((secret, index) => {
    const stripe = accepts(() => Stripe.webhooks.constructEvent(body, headers['atlas-signature'] ?? '', secret))
    const standard = accepts(() => new Webhook(secret).verify(body, { ...headers }))
    assert.equal(stripe, standard)
    return stripe ? [index] : []
  })
}

test('a new secret signs at once, first, and the old ones beside it until each expires or all are ended', async (t) => {
  const { server, one, first, rotate, arrival } = await open(t)
  const secrets = [first]
  for (let round = 0; round < 2; round++) {
    const before = Date.now()
    const { status, json, text } = await server.request('POST', rotate)
    assert.equal(status, 200, text)
    assert.deepEqual(Object.keys(json), ['secret', 'previous_expires_at'])
    const overlap = Date.parse(json.previous_expires_at) - before
    assert(overlap >= 86_400_000 && overlap < 86_400_000 + 60_000, String(overlap))
    secrets.push(json.secret)
  }
  assert.equal(new Set(secrets).size, 3)

  const both = await arrival()
  assert.deepEqual(accepted(both, secrets), [0, 1, 2])
  const alone = (position: number) => ({
    ...both,
    headers: {
      ...both.headers,
      'atlas-signature': (both.headers['atlas-signature']?.split(',v1=') ?? [])
        .filter((_, index) => index === 0 || index === position)
        .join(',v1='),
      'webhook-signature': both.headers['webhook-signature']?.split(' ')[position - 1] ?? '',
    },
  })
  assert.deepEqual(accepted(alone(1), secrets), [2], 'the newest comes first')

  await server.database.execute({
    name: 'expire-first',
    text: `update previous_secrets set expires_at = now() where id = (select id from previous_secrets order by id limit 1)`,
  })
  // The configuration is read again because of a change of something else.
  await server.request('PATCH', one, { body: { description: 'changed' } })
  assert.deepEqual(accepted(await arrival(), secrets), [1, 2])

  assert.equal((await server.request('DELETE', `${one}/secret/previous`)).status, 204)
  assert.deepEqual(accepted(await arrival(), secrets), [2])
  assert.equal((await server.request('DELETE', `${one}/secret/previous`)).status, 204, 'with none left too')
})

test('old secrets are sealed, never shown, and bounded in number', async (t) => {
  const { server, path, one, first, rotate } = await open(t)
  const rotations = await Promise.all(
    Array.from({ length: mostPreviousSecrets + 2 }, () => server.request('POST', rotate)),
  )
  const statuses = rotations.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [...Array(mostPreviousSecrets).fill(200), 409, 409])
  const refused = rotations.find(({ status }) => status === 409)
  assert.equal(refused?.json.code, 'conflict')

  for (const shown of [one, `${path}/endpoints`]) {
    assert(!(await server.request('GET', shown)).text.includes('whsec_'))
  }
  const [stored] = await server.database.query<{ text: string; count: number }>({
    name: 'dump-secrets',
    text: `select string_agg(encode(secret, 'escape'), ' ') as text, count(*) from previous_secrets`,
  })
  assert.equal(stored?.count, mostPreviousSecrets)
  assert(!stored.text.includes(first.slice(6)))

  await server.request('DELETE', `${one}/secret/previous`)
  assert.equal((await server.request('POST', rotate)).status, 200)
})

test('the secret of an endpoint that does not exist cannot be changed', async (t) => {
  const { server, one, rotate } = await open(t)
  await server.request('DELETE', one)
  assert.equal((await server.request('POST', rotate)).json.code, 'not_found')
  assert.equal((await server.request('DELETE', `${one}/secret/previous`)).json.code, 'not_found')
})
