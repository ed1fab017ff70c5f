import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { TestDataDirectory } from '../testing/embedded-process.ts'
import { findInstalled, prepareBinaries } from './embedded-binaries.ts'
import { chooseAccount } from './embedded-cluster.ts'

const run = promisify(execFile)
const rootOnly = process.getuid?.() === 0 ? false : 'needs root'

test('as root Postgres runs as another user, below a folder that this user cannot enter', {
  skip: rootOnly,
}, async (t) => {
  const directory = await TestDataDirectory.createFilled(t)
  const parent = await stat(dirname(directory.path))
  assert.deepEqual([parent.uid, parent.mode & 0o777], [0, 0o700])
  await directory.start()
  const { uid } = await stat(join(directory.path, 'postgres'))
  assert.notEqual(uid, 0)
  assert.equal((await stat(`/proc/${await directory.postmasterPid()}`)).uid, uid)
})

test('as root Postgres goes on as the user that its files belong to', { skip: rootOnly }, async (t) => {
  const folder = await temporaryFolder(t)
  await chown(folder, 12345, 12346)
  assert.deepEqual(await chooseAccount(folder), { uid: 12345, gid: 12346 })
  assert((await chooseAccount(join(folder, 'none'))).uid)
})

test('it starts as an ordinary user, also after it was killed', { skip: rootOnly }, async (t) => {
  const account = await chooseAccount('/none')
  const readable = await run(
    process.execPath,
    ['-e', `require('fs').readFileSync(${JSON.stringify(import.meta.filename)})`],
    account,
  ).then(
    () => true,
    () => false,
  )
  if (!readable) return t.skip('other users cannot read this clone')
  const directory = await TestDataDirectory.create(t)
  await chown(dirname(directory.path), account.uid ?? 0, account.gid ?? 0)
  for (let start = 1; start <= 2; start++) {
    const server = directory.spawn(account)
    const { url, message } = await server.next()
    assert(url, message)
    assert.equal((await stat(join(directory.path, 'postgres'))).uid, account.uid)
    assert.equal((await stat(directory.path)).mode & 0o777, 0o700)
    await server.kill()
  }
})

test('binaries out of reach are copied once to where nobody can alter them', { skip: rootOnly }, async (t) => {
  const account = await chooseAccount('/none')
  const { installed, sharedFolder } = await closedPackage(t)
  const [first, second] = await Promise.all([
    prepareBinaries(account, installed, sharedFolder),
    prepareBinaries(account, installed, sharedFolder),
  ])
  assert.deepEqual(first, second)
  assert(first.postgres.startsWith(sharedFolder))
  assert.deepEqual(await readdir(sharedFolder), [`postgres-${installed.version}`], 'no draft stays')
  const { stdout } = await run('find', [sharedFolder, '!', '-uid', '0', '-o', '-perm', '/022', '!', '-type', 'l'])
  assert.equal(stdout, '')
  const { birthtimeMs } = await stat(first.postgres)
  await prepareBinaries(account, installed, sharedFolder)
  assert.equal((await stat(first.postgres)).birthtimeMs, birthtimeMs)
})

test('a copy in a folder that others can write to is not trusted', { skip: rootOnly }, async (t) => {
  const account = await chooseAccount('/none')
  const { installed, sharedFolder } = await closedPackage(t)
  await mkdir(sharedFolder)
  await chmod(sharedFolder, 0o777)
  await assert.rejects(prepareBinaries(account, installed, sharedFolder), /nobody else can write/)
  await chmod(sharedFolder, 0o755)
  await chown(sharedFolder, account.uid ?? 0, account.gid ?? 0)
  await assert.rejects(prepareBinaries(account, installed, sharedFolder), /nobody else can write/)
})

test('links that npm did not make are made', async (t) => {
  const { folder, version } = await findInstalled()
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => null)
  if (list === null) return t.skip('the package of this platform has no links')
  const copy = join(await temporaryFolder(t), 'package')
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true })
  const links = (JSON.parse(list) as { target: string }[]).map(({ target }) => join(copy, target))
  for (const link of links) await rm(link)
  await prepareBinaries({}, { folder: copy, version })
  for (const link of links) await access(link)
})

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-account-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The installed package as it lies in a clone under root's home, and a place for copies that anyone can pass. */
async function closedPackage(
  t: TestContext,
): Promise<{ installed: { folder: string; version: string }; sharedFolder: string }> {
  const { folder, version } = await findInstalled()
  const parent = await temporaryFolder(t)
  await chmod(parent, 0o755)
  const home = join(parent, 'home')
  await mkdir(home, { mode: 0o700 })
  await cp(folder, join(home, 'package'), { recursive: true, verbatimSymlinks: true })
  return { installed: { folder: join(home, 'package'), version }, sharedFolder: join(parent, 'shared') }
}
