import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../server/testing/server.ts'
import { CliProcess } from './testing/cli-process.ts'

test('what cannot be undone is done only after a yes', async (t) => {
  const server = await startTestServer(t)
  const { id, path } = await server.createWorkspace('acme')
  const place = { server: server.url, workspace: 'acme' }
  const answering = async (answer: string): Promise<[number | null, string]> => {
    const cli = await CliProcess.start(t, place, ['workspaces', 'delete', 'acme'], { terminal: true })
    await cli.says(new RegExp(`Delete the workspace Acme \\(${id}\\) with all that belongs to it\\? \\[y/N\\] $`))
    cli.type(answer)
    return [await cli.exited, cli.output]
  }
  for (const [answer, code] of [
    ['\r', 2],
    ['no\r', 2],
    ['\u0003', 130],
  ] as const) {
    assert.equal((await answering(answer))[0], code, JSON.stringify(answer))
    assert.equal((await server.request('GET', path)).status, 200)
  }
  const [code, output] = await answering('y\r')
  assert.equal(code, 0)
  assert.match(output, new RegExp(`${id} is deleted`))
  assert.equal((await server.request('GET', path)).status, 404)
})
