import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../server/testing/server.ts'
import { CliProcess } from './testing/cli-process.ts'
import { CliUser } from './testing/run-cli.ts'

test('there are colours on a terminal, unless the user wants none, and nowhere else', async (t) => {
  const server = await startTestServer(t)
  await server.createWorkspace('acme')
  const place = { server: server.url, workspace: 'acme' }
  const onTerminal = async (env: NodeJS.ProcessEnv, ...more: string[]): Promise<string> => {
    const cli = await CliProcess.start(t, place, ['workspaces', 'list', ...more], { terminal: true, env })
    assert.equal(await cli.exited, 0)
    return cli.raw
  }
  const colour = '\u001b[90mID'
  assert((await onTerminal({})).includes(colour))
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    const plain = await onTerminal(env)
    assert(!plain.includes('\u001b') && /^ID +SLUG/.test(plain), plain)
  }
  assert(!(await onTerminal({}, '--json')).includes('\u001b'))
  assert(!(await new CliUser(server.url).text('workspaces', 'list')).includes('\u001b'))
})
