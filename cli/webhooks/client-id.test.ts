import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readClientId } from './client-id.ts'

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-client-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('an id is made once, kept for the user alone, and made anew when what is kept is none', async (t) => {
  const folder = join(await temporaryFolder(t), 'settings')
  const [first, again] = [await readClientId(folder), await readClientId(folder)]
  assert.match(first.id, /^[\w-]{32}$/)
  assert.deepEqual(again, { id: first.id, kept: true })
  assert.deepEqual(await readdir(folder), ['client-id'])
  if (process.platform !== 'win32') {
    assert.equal((await stat(join(folder, 'client-id'))).mode & 0o777, 0o600)
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
  }
  await writeFile(join(folder, 'client-id'), 'nonsense')
  assert.notEqual((await readClientId(folder)).id, 'nonsense')
})

test('where nothing can be kept there is an id all the same', async (t) => {
  const file = join(await temporaryFolder(t), 'file')
  await writeFile(file, '')
  const { id, kept } = await readClientId(join(file, 'settings'))
  assert.match(id, /^[\w-]{32}$/)
  assert.equal(kept, false)
})
