import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../server/testing/server.ts'
import { CliUser } from './testing/run-cli.ts'

test('workspaces are created, listed, shown and deleted', async (t) => {
  const { url } = await startTestServer(t)
  const user = new CliUser(url)
  assert.deepEqual(await user.json('workspaces', 'list'), [])
  const none = await user.run(['workspaces', 'list'])
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'There are no workspaces.\n'])

  const acme = await user.json('workspaces', 'create', 'Acme 東京', '--slug', 'acme')
  assert.match(acme.id, /^ws_\w{26}$/)
  assert.match(await user.text('workspaces', 'create', 'Other\u001b[31m'), /^Name +Other\\x1b\[31m$/m)

  assert.deepEqual(
    (await user.json('workspaces', 'list')).map(({ slug }: { slug: string | null }) => slug),
    [null, 'acme'],
  )
  const table = await user.text('workspaces', 'list')
  assert.match(table, /^ID +SLUG +NAME +CREATED\nws_\w{26} {2}- +Other\\x1b.*\nws_\w{26} {2}acme +Acme 東京 +\d{4}-/)
  const first = await user.run(['workspaces', 'list', '--limit', '1'])
  assert.equal(first.stdout.split('\n').length, 3)
  assert.equal(first.stderr, 'There are more; --limit 2 shows more of them.\n')

  assert.deepEqual(await user.json('workspaces', 'show', 'acme'), acme)
  assert.match(await user.text('workspaces', 'show', acme.id), /^ID +ws_\w+\nName +Acme 東京\nSlug +acme\n/)

  const [code, message] = await user.failure('workspaces', 'delete', 'acme')
  assert.deepEqual([code, message], [2, 'error: this cannot be undone: give --yes if you are sure'])
  assert.equal(await user.text('workspaces', 'delete', 'acme', '--yes'), `${acme.id} is deleted\n`)
  const other = (await user.json('workspaces', 'list'))[0].id
  assert.deepEqual(await user.json('workspaces', 'delete', other, '--yes'), { id: other, deleted: true })
  assert.deepEqual(await user.failure('workspaces', 'show', 'acme'), [
    1,
    'error: there is no workspace with this id or slug',
  ])
})

test('a workspace need not be named where the key sees one only', async (t) => {
  const server = await startTestServer(t)
  const operator = new CliUser(server.url)
  assert.match((await operator.failure('events', 'list'))[1], /has no workspace yet: atlas workspaces create$/)
  const { path } = await server.createWorkspace('one')
  assert.deepEqual(await operator.json('events', 'list'), [])
  await server.createWorkspace('two')
  assert.deepEqual(await operator.failure('events', 'list'), [
    2,
    'error: there are several workspaces: name one with --workspace or ATLAS_WORKSPACE (atlas workspaces list)',
  ])
  const reader = new CliUser(server.url, { key: await server.createKey(path, ['read']) })
  assert.deepEqual(await reader.json('events', 'list'), [])
  assert.deepEqual(await reader.json('events', 'list', '--workspace', 'one'), [])
  const publisher = new CliUser(server.url, { key: await server.createKey(path, ['publish']) })
  assert.deepEqual(await publisher.failure('webhooks', 'trigger', 'deal.created'), [
    2,
    'error: this key may not ask for its workspace: name one with --workspace or ATLAS_WORKSPACE',
  ])
  const published = await publisher.run(['webhooks', 'trigger', 'deal.created', '--data', '-', '--workspace', 'one'], {
    input: '{"id": "deal_01"}',
  })
  assert.equal(published.code, 0, published.stderr)
})
