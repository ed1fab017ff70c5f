import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { answer, Receiver } from '../server/testing/receiver.ts'
import { startTestServer } from '../server/testing/server.ts'
import { CliUser } from './testing/run-cli.ts'

test('an endpoint is created with its settings, listed, shown, paused, resumed and deleted', async (t) => {
  const server = await startTestServer(t)
  await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  const none = await user.run(['endpoints', 'list'])
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'There are no endpoints.\n'])

  const url = 'http://127.0.0.1:4000/hook'
  const created = await user.run([
    ...['endpoints', 'create', url, '--types', 'deal.{created,updated},contact.*', '--filter', 'deal.value > 10'],
    ...[
      '--tags',
      'eu,us',
      '--description',
      'CRM',
      '--header',
      'X-Team: crm',
      '--header',
      'X-Token: a:b',
      '--serialize',
    ],
    ...['--set', 'max_per_second=5', '--set', 'retry_schedule_seconds=[10,60,7200]'],
  ])
  assert.equal(created.code, 0, created.stderr)
  assert.equal(created.stderr, 'Keep the secret now: it is not shown again.\n')
  const [, id = '', secret = ''] = /^ID +(ep_\w+)$[\s\S]*^Secret +(whsec_\S+)$/m.exec(created.stdout) ?? []
  assert(secret !== '')
  const shown = await user.json('endpoints', 'show', id)
  const { types, filter, tags, description, headers, serialize, max_per_second, retry_schedule_seconds } = shown
  assert.deepEqual(
    {
      types,
      filter,
      tags,
      description,
      headers: Object.keys(headers),
      serialize,
      max_per_second,
      retry_schedule_seconds,
    },
    {
      ...{ types: ['deal.{created,updated}', 'contact.*'], filter: 'deal.value > 10', tags: ['eu', 'us'] },
      ...{ description: 'CRM', headers: ['X-Team', 'X-Token'], serialize: true, max_per_second: 5 },
      retry_schedule_seconds: [10, 60, 7200],
    },
  )
  const people = await user.text('endpoints', 'show', id)
  assert.match(people, /^Status +active\n[\s\S]*^Retries +10 s, 1 m, 2 h\n/m)
  assert(!people.includes(secret))

  const second = await user.json('endpoints', 'create', `${url}/2`)
  assert.match(second.secret, /^whsec_/)
  assert.deepEqual(await user.json('endpoints', 'list'), [await user.json('endpoints', 'show', second.id), shown])
  assert.match(
    await user.text('endpoints', 'list'),
    /^ID +URL +PROFILE +STATUS +TYPES +LAST ATTEMPT\nep_\w+ +http\S+\/2 +atlas +active +all +-\n/,
  )

  assert.equal(await user.text('endpoints', 'pause', id), `${id} is paused\n`)
  assert.equal((await user.json('endpoints', 'resume', id)).status, 'active')
  assert.equal((await user.json('endpoints', 'pause', id)).status, 'paused')
  assert.equal(await user.text('endpoints', 'resume', id), `${id} is active\n`)

  const rotated = await user.json('endpoints', 'rotate-secret', id)
  assert.match(rotated.secret, /^whsec_/)
  assert.notEqual(rotated.secret, secret)
  assert.match(await user.text('endpoints', 'rotate-secret', id), /^Secret +whsec_\S+\nOld one valid until +\d{4}-/)

  assert.deepEqual(await user.failure('endpoints', 'delete', id), [
    2,
    'error: this cannot be undone: give --yes if you are sure',
  ])
  assert.equal(await user.text('endpoints', 'delete', id, '--yes'), `${id} is deleted\n`)
  assert.deepEqual(await user.json('endpoints', 'delete', second.id, '--yes'), { id: second.id, deleted: true })
  assert.deepEqual(await user.json('endpoints', 'list'), [])
})

test('a test shows what came of it, and fails where the endpoint does', async (t) => {
  const [server, receiver] = await Promise.all([startTestServer(t), Receiver.start(t)])
  await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  receiver.on('/good', answer(201, { 'x-receipt': 'r\u0085' }, 'thank\u001b[2Jyou'))
  receiver.on('/bad', answer(503, {}, 'not now'))
  const good = (await user.json('endpoints', 'create', receiver.url('/good'))).id
  const bad = (await user.json('endpoints', 'create', receiver.url('/bad'))).id

  const accepted = await user.text('endpoints', 'test', good, '--type', 'deal.created')
  assert.match(accepted, /^It was accepted after \d+ ms\n201\nx-receipt: r\\x85\n[\s\S]*\nthank\\x1b\[2Jyou\n$/)
  assert.equal(receiver.requests('/good')[0]?.headers['atlas-event'], 'deal.created')
  const json = await user.json('endpoints', 'test', good)
  assert.deepEqual([json.ok, json.status], [true, 201])

  const refused = await user.run(['endpoints', 'test', bad])
  assert.deepEqual([refused.code, refused.stderr], [1, ''])
  assert.match(refused.stdout, /^It was not accepted after \d+ ms: status: [^\n]*503\n503\n[\s\S]*not now\n$/)
  const refusedJson = await user.run(['endpoints', 'test', bad, '--json'])
  assert.equal(refusedJson.code, 1)
  assert.equal(JSON.parse(refusedJson.stdout).error, 'status')
})

test('what an endpoint is to be can stand in a file, and every fault is told', async (t) => {
  const server = await startTestServer(t)
  await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  const folder = await mkdtemp(join(tmpdir(), 'atlas-endpoints-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'endpoint.json')
  await writeFile(file, JSON.stringify({ url: 'http://127.0.0.1:4000', tags: ['a'], profile: 'cloudevents' }))
  const made = await user.json('endpoints', 'create', '--data', file, '--tags', 'b', '--set', 'batch.max_events=7')
  assert.deepEqual([made.profile, made.tags, made.batch.max_events], ['cloudevents', ['b'], 7])

  assert.deepEqual(await user.failure('endpoints', 'create', 'http://127.0.0.1:4000', '--filter', 'deal.value >'), [
    1,
    'error: filter: Unexpected token: EOF (at line 1, column 13)',
  ])
  const [code, message] = await user.failure('endpoints', 'create', 'ftp://x', '--types', 'deal.{')
  assert.equal(code, 1)
  assert.match(message, /^error: these are not valid:\n( {2}\S+: .+\n?){2,}$/)
  assert.deepEqual(await user.failure('endpoints', 'create'), [2, 'error: an endpoint needs a URL'])
  const [headerCode, headerMessage] = await user.failure('endpoints', 'create', 'http://x', '--header', 'secret-token')
  assert.equal(headerCode, 2)
  assert(!headerMessage.includes('secret-token'))
  assert.deepEqual(await user.failure('endpoints', 'show', 'ep_nonsense'), [
    1,
    'error: there is no endpoint with this id in this workspace',
  ])

  const slip = await user.run([
    'endpoints',
    'create',
    'http://127.0.0.1:4000',
    '--types',
    'deal.craeted,own.type,deal.*',
  ])
  assert.equal(slip.code, 0, slip.stderr)
  assert.match(slip.stderr, /^Note: there is no event type "deal\.craeted"; did you mean deal\.created\?\n/)
  assert.match(slip.stderr, /\nNote: there is no event type "own\.type"\n/)
})
