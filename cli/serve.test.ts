import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createTestDatabase } from '../server/testing/database.ts'
import { eventually } from '../server/testing/eventually.ts'
import { testOperatorKey } from '../server/testing/server.ts'
import { cleanEnvironment, runCli } from './testing/run-cli.ts'

const program = join(import.meta.dirname, 'bin', 'atlas.mjs')

test('the server is started from the repository, stops when it is asked to, and is not left behind', async (t) => {
  const { url: databaseUrl } = await createTestDatabase(t)
  const dataDirectory = await mkdtemp(join(tmpdir(), 'atlas-serve-'))
  t.after(() => rm(dataDirectory, { recursive: true }))
  const settings = { ATLAS_PORT: '0', ATLAS_DATA_DIR: dataDirectory, ATLAS_DATABASE_URL: databaseUrl }
  const env = cleanEnvironment({
    ...settings,
    ATLAS_OPERATOR_KEY: testOperatorKey,
    ATLAS_MASTER_KEY: randomBytes(32).toString('hex'),
  })
  const start = async () => {
    const child = spawn(process.execPath, [program, 'serve'], { env, stdio: ['ignore', 'inherit', 'pipe'] })
    t.after(() => void child.kill('SIGKILL'))
    let said = ''
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text
        const [, found] = /"url":"(http[^"]+)","msg":"ready"/.exec(said) ?? []
        if (found !== undefined) resolve(found)
      })
      child.once('close', () => reject(new Error(`it ended before it was ready:\n${said}`)))
    })
    return { child, url }
  }

  const stopped = await start()
  assert.equal((await fetch(`${stopped.url}/readyz`)).status, 200)
  const ended = once(stopped.child, 'exit')
  stopped.child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])

  const killed = await start()
  killed.child.kill('SIGKILL')
  await eventually(async () => {
    const answer = await fetch(`${killed.url}/healthz`).catch(() => null)
    return answer === null ? true : null
  })
})

test('a database is migrated without serving', async (t) => {
  const { url: databaseUrl, database } = await createTestDatabase(t)
  const newest = async () =>
    (
      await database.query<{ number: number }>({ name: 'newest', text: 'select max(number) as number from migrations' })
    )[0]
  const before = await newest()
  const env = { ATLAS_DATABASE_URL: databaseUrl, ATLAS_DATA_DIR: tmpdir() }
  const { code, stderr } = await runCli(['migrate'], { env })
  assert.equal(code, 0, stderr)
  assert.match(stderr, /"applied":0,"msg":"the database is up to date"/)
  assert.deepEqual(await newest(), before)
  const away = await runCli(['migrate'], { env: { ...env, ATLAS_DATABASE_URL: 'postgres://127.0.0.1:9/none' } })
  assert.equal(away.code, 1)
  assert.match(away.stderr, /could not start: /)
})
