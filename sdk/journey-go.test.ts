import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createTestDatabase } from '../server/testing/database.ts'
import { notRun } from '../server/testing/not-run.ts'
import { testOperatorKey } from '../server/testing/server.ts'
import { ServerProcess } from '../server/testing/server-process.ts'
import { findGo, toolSettings } from './toolchains.ts'

const execute = promisify(execFile)
const cwd = join(import.meta.dirname, 'go')

test('the SDK for Go passes its own tests, with a real server', async (t) => {
  const go = findGo()
  if (go === null) return notRun(t, 'Go 1.24 or newer was not found')
  const { url: databaseUrl } = await createTestDatabase(t)
  const { url } = await ServerProcess.start(t, { databaseUrl })
  const env = { ...process.env, ...toolSettings, ATLAS_SERVER: url, ATLAS_KEY: testOperatorKey }
  const run = async (command: string, ...args: string[]) => {
    const { stdout } = await execute(command, args, { cwd, env, maxBuffer: 2 ** 26 }).catch((error) => {
      assert.fail(`${command} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`)
    })
    return stdout
  }
  assert.equal(await run('gofmt', '-l', '.'), '', 'not as gofmt would have it')
  await run(go, 'vet', './...')
  // -count: a test that passed before with another server has not passed with this one.
  const report = await run(go, 'test', '-count=1', '-v', './...')
  assert.match(report, /^--- PASS: TestEveryMethodDoesWhatItIsCalled/m)
  assert.match(report, /^--- PASS: TestEveryVectorComesToWhatIsExpected/m)
  assert.doesNotMatch(report, /^\s*--- SKIP/m)
})
