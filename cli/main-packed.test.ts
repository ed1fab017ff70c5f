// The program as people get it: packed, installed elsewhere without a registry, and run there.
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { installPacked } from '../server/testing/packed.ts'
import { Receiver } from '../server/testing/receiver.ts'
import { startTestServer } from '../server/testing/server.ts'
import packageFile from './package.json' with { type: 'json' }
import { CliProcess } from './testing/cli-process.ts'
import { CliUser, runCli } from './testing/run-cli.ts'

test('packed and installed elsewhere, it does what it does here, but for the server', async (t) => {
  const [project, server, receiver] = await Promise.all([
    installPacked(t, 'cli'),
    startTestServer(t),
    Receiver.start(t),
  ])
  const installed = join(project, 'node_modules', '@atlas-webhooks', 'cli')
  assert.deepEqual(globSync('**/*.*', { cwd: installed }).sort(), [
    'dist/atlas.js',
    'dist/licenses.txt',
    'package.json',
  ])
  assert.deepEqual(globSync('*', { cwd: join(project, 'node_modules') }), ['@atlas-webhooks'], 'it depends on nothing')
  const licenses = await readFile(join(installed, 'dist', 'licenses.txt'), 'utf8')
  for (const name of ['commander', 'jsonc-parser', 'uuidv7', 'ws', 'yocto-spinner', 'yoctocolors']) {
    assert.match(licenses, new RegExp(`^${name} \\d`, 'm'))
  }

  const program = join(project, 'node_modules', '.bin', 'atlas')
  const command = [process.execPath, program] as const
  const help = await runCli(['--help'], { command })
  assert.deepEqual([help.code, help.stderr], [0, ''])
  assert.match(help.stdout, /^Usage: atlas /)
  assert.equal((await runCli(['--version'], { command })).stdout, `${packageFile.version}\n`)

  const { path } = await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await user.run(args, { command })
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const { id } = JSON.parse(await run('endpoints', 'create', receiver.url('/hook'), '--json'))
  assert.match(await run('webhooks', 'trigger', 'deal.created', '--set', 'value=7'), / 1 delivery\n$/)
  assert.match((await receiver.waitFor(1, '/hook'))[0]?.body.toString() ?? '', /"value":7/)
  assert.match(await run('audit', 'verify'), /The chain is whole\.\n$/)
  assert.match(await run('completion', 'bash'), /complete -F _atlas atlas\n$/)
  await run('endpoints', 'delete', id, '--yes')

  const serve = await runCli(['serve'], { command })
  assert.deepEqual([serve.code, serve.stdout], [1, ''])
  assert.match(serve.stderr, /^error: the server is not part of this package: clone the repository of Atlas Webhooks /)

  const place = { server: server.url, workspace: 'acme' }
  const listening = ['webhooks', 'listen', '--forward-to', receiver.url('/local'), '--format', 'json']
  const tunnel = await CliProcess.start(t, place, listening, { command })
  await tunnel.says(/"kind":"ready"/)
  const body = { type: 'deal.created', data: {} }
  assert.equal((await server.request('POST', `${path}/events`, { body })).json.deliveries, 1)
  await tunnel.says(/"kind":"response"[^\n]*"status":200/)
})
