import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { KeyFileError, keepKeys } from './generated-keys.ts'

const none = { operatorKey: null, masterKey: null, auditSigningKey: null }

async function directory(t: TestContext): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'atlas-keys-'))
  t.after(() => rm(parent, { recursive: true, force: true }))
  return join(parent, 'data')
}

test('keys are generated once, for this user alone, and found again', async (t) => {
  const data = await directory(t)
  const first = await keepKeys(data, none, randomBytes)
  assert.deepEqual(await keepKeys(data, none, randomBytes), first)
  assert.match(first.operatorKey, /^atlas_op_[0-9a-z]{50}$/)
  assert.equal((await stat(data)).mode & 0o777, 0o700)
  assert.deepEqual((await readdir(data)).sort(), ['audit-signing.key', 'master.key', 'operator.key'])
  for (const file of await readdir(data)) assert.equal((await stat(join(data, file))).mode & 0o777, 0o600)
})

test('given keys are used as they are and never written', async (t) => {
  const data = await directory(t)
  const given = { operatorKey: 'o', masterKey: 'm', auditSigningKey: 's' }
  assert.deepEqual(await keepKeys(data, given, randomBytes), given)
  await assert.rejects(readdir(data), { code: 'ENOENT' })
})

test('servers that start at once agree on the keys', async (t) => {
  const data = await directory(t)
  const all = await Promise.all(Array.from({ length: 8 }, () => keepKeys(data, none, randomBytes)))
  for (const keys of all) assert.deepEqual(keys, all[0])
  assert.deepEqual((await readdir(data)).sort(), ['audit-signing.key', 'master.key', 'operator.key'])
})

test('a file that holds no key is left as it is', async (t) => {
  const data = await directory(t)
  await keepKeys(data, none, randomBytes)
  await writeFile(join(data, 'master.key'), 'half a k')
  await assert.rejects(keepKeys(data, none, randomBytes), KeyFileError)
})

test('an empty directory that was there is closed before keys lie in it; one that holds other things stays', async (t) => {
  const data = await directory(t)
  const modeAfter = async () => {
    await keepKeys(data, none, randomBytes)
    return (await stat(data)).mode & 0o777
  }
  await mkdir(data)
  await chmod(data, 0o777)
  assert.equal(await modeAfter(), 0o700)
  await rm(data, { recursive: true })
  await mkdir(data)
  await writeFile(join(data, 'mine'), '')
  await chmod(data, 0o755)
  assert.equal(await modeAfter(), 0o755)
})
