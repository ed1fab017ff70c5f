// The package as people get it: packed, installed elsewhere, and run where there is nothing but Web APIs.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { foreignNode, installPacked } from '../server/testing/packed.ts'
import { answer, Receiver } from '../server/testing/receiver.ts'

const root = join(import.meta.dirname, '..')
const execute = promisify(execFile)
const [vector] = JSON.parse(await readFile(join(root, 'sdk', 'signature-vectors.json'), 'utf8')).vectors
const given = JSON.stringify(vector)

test('packed and installed elsewhere, it verifies, calls and has types', async (t) => {
  const project = await installPacked(t, 'sdk/typescript')
  const installed = globSync('**/*', { cwd: join(project, 'node_modules', '@atlas-webhooks', 'sdk') })
  for (const file of ['README.md', 'LICENSE', 'dist/atlas.js', 'dist/atlas.d.ts'])
    assert(installed.includes(file), file)
  const isForeign = (file: string) => file.endsWith('.test.js') || (file.endsWith('.ts') && !file.endsWith('.d.ts'))
  assert.deepEqual(installed.filter(isForeign), [])

  await t.test('in JavaScript', async (t) => {
    const receiver = await Receiver.start(t)
    receiver.on('/v1/workspaces/acme/jobs', answer(200, {}, '{"data":[{"id":"job_1"}],"next_cursor":null}'))
    const program = `
      import * as atlas from '@atlas-webhooks/sdk'
      const { body, headers, secrets, now } = ${given}
      const event = await atlas.webhooks.verify(body, headers, secrets, { now })
      const client = new atlas.Atlas({ server: '${receiver.origin}', key: 'k', workspace: 'acme' })
      for await (const job of client.jobs.list()) console.log(event.id, job.id)
    `
    await writeFile(join(project, 'program.js'), program)
    const { stdout } = await execute(foreignNode, ['program.js'], { cwd: project })
    assert.equal(stdout, `${vector.expected.id} job_1\n`)
  })

  await t.test('in TypeScript', async () => {
    const program = `
      import { Atlas, type DealCreated, MalformedError, SequenceGuard, type WebhookEvent, webhooks } from '@atlas-webhooks/sdk'
      declare module '@atlas-webhooks/sdk' {
        interface EventDataByType { 'invoice.sent': { id: string; total: number } }
      }
      export async function receive(request: Request): Promise<number> {
        const event: WebhookEvent = await webhooks.verify(await request.arrayBuffer(), request.headers, 'whsec_')
        if (event.type === 'invoice.sent') return event.data.total
        if (event.type === 'deal.created') return size(event)
        // @ts-expect-error: there is no such type
        if (event.type === 'deal.exploded') return 0
        // @ts-expect-error: which data it has is not known here
        return event.data.value
      }
      const size = (deal: DealCreated): number => deal.data.value
      export const guard = new SequenceGuard()
      export const isMalformed = (error: unknown): error is MalformedError => error instanceof MalformedError
      const atlas = new Atlas({ server: 'https://atlas.example', key: 'k' })
      // @ts-expect-error: a misspelt field
      await atlas.endpoints.create({ url: 'https://acme.example', typs: [] })
      for await (const endpoint of atlas.endpoints.list({ limit: 10 })) endpoint.id satisfies string
      await atlas.events.publish({ type: 'deal.created', data: {} }, { idempotencyKey: 'k', signal: AbortSignal.timeout(1) })
    `
    await mkdir(join(project, 'src'))
    await writeFile(join(project, 'src', 'program.ts'), program)
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--lib',
      'es2022,dom,dom.iterable',
    ]
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    await execute(process.execPath, [tsc, ...options, '--types', '', 'src/program.ts'], { cwd: project }).catch(
      (error) => {
        assert.fail(error.stdout)
      },
    )
  })

  await t.test('with Web APIs and nothing else, as in browsers and workers', async (t) => {
    const receiver = await Receiver.start(t)
    receiver.on('/v1/workspaces/acme/audit-log/export', answer(200, {}, '{"a":1}\n{"a":2}\n'))
    const program = `
      import { readFile } from 'node:fs/promises'
      import vm from 'node:vm'
      const names = ['crypto', 'fetch', 'Headers', 'Request', 'Response', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder',
        'TextDecoderStream', 'ReadableStream', 'AbortController', 'AbortSignal', 'setTimeout', 'clearTimeout', 'atob', 'btoa']
      const context = vm.createContext(Object.fromEntries(names.map((name) => [name, globalThis[name]])))
      const modules = new Map()
      async function load(url) {
        if (!modules.has(url)) modules.set(url, new vm.SourceTextModule(await readFile(new URL(url), 'utf8'), { context, identifier: url }))
        return modules.get(url)
      }
      const entry = await load(import.meta.resolve('@atlas-webhooks/sdk'))
      await entry.link((specifier, { identifier }) => load(new URL(specifier, identifier).href))
      await entry.evaluate()
      const { Atlas, webhooks, SequenceGuard } = entry.namespace
      const { body, headers, secrets, now } = ${given}
      const { id } = await webhooks.verify(new TextEncoder().encode(body), new Headers(headers), secrets, { now })
      const lines = []
      for await (const line of new Atlas({ server: '${receiver.origin}', key: 'k', workspace: 'acme' }).auditLog.export()) lines.push(line.a)
      const { status } = await webhooks.receive(secrets, () => {}).fetch(new Request('http://x/', { method: 'POST', body, headers }))
      console.log(id, lines.join(), status, new SequenceGuard().record(1))
    `
    await writeFile(join(project, 'web.js'), program)
    const flags = ['--experimental-vm-modules', '--no-warnings']
    const { stdout } = await execute(process.execPath, [...flags, 'web.js'], { cwd: project })
    // 400: it is long ago.
    assert.equal(stdout, `${vector.expected.id} 1,2 400 next\n`)
  })
})
