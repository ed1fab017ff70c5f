import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { builtInEventTypes } from '../../server/domain/event-type.ts'
import { startTestServer } from '../../server/testing/server.ts'
import { CliUser } from '../testing/run-cli.ts'

test('an event is published with the example of the catalog, changed as wanted', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  const dataOf = async (id: string) => (await server.request('GET', `${path}/events/${id}`)).json.data
  const example = builtInEventTypes.find(({ name }) => name === 'deal.created')?.example as Record<string, unknown>

  const plain = await user.text('webhooks', 'trigger', 'deal.created')
  const [, id = ''] = /^(evt_\w+) {2}deal\.created {2}no endpoint wants it\n$/.exec(plain) ?? []
  assert.deepEqual(await dataOf(id), example)

  await user.json('endpoints', 'create', 'http://127.0.0.1:4000')
  const changed = await user.json('webhooks', 'trigger', 'deal.created', '--set', 'value=1', '--set', 'owner.name=Ann')
  assert.equal(changed.deliveries, 1)
  assert.deepEqual(await dataOf(changed.id), { ...example, value: 1, owner: { name: 'Ann' } })
  assert.match(await user.text('webhooks', 'trigger', 'deal.created'), / 1 delivery\n$/)

  const body = { name: 'invoice.sent', description: 'An invoice went out.', example: { id: 'inv_1' } }
  assert.equal((await server.request('POST', `${path}/event-types`, { body })).status, 201)
  const own = await user.json('webhooks', 'trigger', 'invoice.sent')
  assert.deepEqual(await dataOf(own.id), { id: 'inv_1' })
})

test('the data may stand in a file or come in, for any type', async (t) => {
  const server = await startTestServer(t)
  const { path } = await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  const folder = await mkdtemp(join(tmpdir(), 'atlas-trigger-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'deal.json')
  await writeFile(file, '{"id": "deal_7", "value": 1}')
  const fromFile = await user.json('webhooks', 'trigger', 'never.heard.of', '--data', file, '--set', 'value=2')
  assert.deepEqual((await server.request('GET', `${path}/events/${fromFile.id}`)).json.data, { id: 'deal_7', value: 2 })
  const piped = await user.run(['webhooks', 'trigger', 'deal.created', '--data', '-'], { input: '{"id": "deal_8"}' })
  assert.equal(piped.code, 0, piped.stderr)

  await writeFile(file, '{\n  "id": "deal_7"\n  "value": 1\n}')
  const args = ['webhooks', 'trigger', 'deal.created']
  assert.deepEqual(await user.failure(...args, '--data', file), [
    2,
    `error: ${file}:3:3: not valid JSON: comma expected`,
  ])
  assert.deepEqual(await user.failure(...args, '--data', `${file}.no`), [2, `error: ${file}.no: there is no such file`])
  assert.equal((await user.failure(...args, '--set', 'value'))[0], 2)
  assert.deepEqual((await user.json('events', 'list')).length, 2, 'what cannot be used is not published')
})

test('a type that nobody knows is refused with the nearest that somebody does', async (t) => {
  const server = await startTestServer(t)
  await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  assert.deepEqual(await user.failure('webhooks', 'trigger', 'deal.craeted'), [
    2,
    'error: there is no event type "deal.craeted"; did you mean deal.created?',
  ])
  assert.deepEqual(await user.failure('webhooks', 'trigger', 'weather.changed'), [
    2,
    'error: there is no event type "weather.changed"',
  ])
})
