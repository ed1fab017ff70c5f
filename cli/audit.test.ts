import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../server/testing/server.ts'
import { CliUser } from './testing/run-cli.ts'

test('the audit log is searched, that of a workspace, of a deleted one, and the operator’s', async (t) => {
  const server = await startTestServer(t)
  const { id, path } = await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  const entry = {
    ...{ category: 'team_member', action: 'invited', description: 'Jane invited John.\u001b[2J' },
    actor: { type: 'user', id: 'user_1', name: 'Jane Doe' },
    target: { type: 'user', id: 'user_2' },
  }
  assert.equal((await server.request('POST', `${path}/audit-log`, { body: entry })).status, 202)

  const found = await user.json('audit', 'list', '-q', 'jane invit')
  assert.deepEqual([found.length, found[0].actor.name], [1, 'Jane Doe'])
  const table = await user.text('audit', 'list', '--actor', 'user_1')
  assert.match(
    table,
    /^SEQUENCE +OCCURRED +ACTION +ACTOR +TARGET +DESCRIPTION\n +2 +\d{4}-\S+ \S+ +team_member\.invited +Jane Doe \(user_1\) +user user_2 +Jane invited John\.\\x1b\[2J\n$/,
  )
  for (const filter of [
    ['--category', 'team_member'],
    ['--action', 'invited'],
    ['--action', 'team_member.invited'],
  ]) {
    assert.equal((await user.json('audit', 'list', ...filter)).length, 1, filter.join(' '))
  }
  assert.deepEqual(await user.json('audit', 'list', '--until', '1h'), [])
  const one = await user.run(['audit', 'list', '--limit', '1', '--since', '1h'])
  assert.equal(one.stderr, 'There are more; --limit 2 shows more of them.\n')
  const none = await user.run(['audit', 'list', '--category', 'lock'])
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'There are no such entries.\n'])

  const reader = new CliUser(server.url, { key: await server.createKey(path, ['read']) })
  assert.equal((await reader.json('audit', 'list', '--action', 'workspace.created')).length, 1)
  await user.text('workspaces', 'delete', 'acme', '--yes')
  assert.equal((await user.json('audit', 'list', '--workspace', 'operator'))[0].action, 'deleted')
  assert.equal((await user.json('audit', 'list', '--workspace', id, '-q', 'jane')).length, 1)
  const [code, message] = await user.failure('audit', 'list', '--workspace', 'acme')
  assert.deepEqual([code, message], [1, 'error: workspace: is no id of a workspace and no slug of one'])
})
