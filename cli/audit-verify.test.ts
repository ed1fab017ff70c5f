import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { createAuditSigner } from '../server/domain/audit-checkpoint.ts'
import { purgeAudit, signCheckpoints } from '../server/pipeline/audit-upkeep.ts'
import { startTestServer } from '../server/testing/server.ts'
import { CliProcess } from './testing/cli-process.ts'
import { CliUser, runCli } from './testing/run-cli.ts'

const signingKey = '07'.repeat(32)
const day = 86_400_000

/** A workspace whose log has an entry of its own and these, signed. */
async function openLog(t: TestContext, entries: number) {
  const server = await startTestServer(t, { ATLAS_AUDIT_SIGNING_KEY: signingKey })
  const { database } = server
  const { id, path } = await server.createWorkspace('acme')
  const record = async (count: number): Promise<void> => {
    const entry = {
      category: 'lock',
      action: 'created',
      actor: { type: 'user', id: 'u' },
      target: { type: 't', id: '1' },
    }
    const body = { entries: Array<typeof entry>(count).fill(entry) }
    assert.equal((await server.request('POST', `${path}/audit-log/batch`, { body })).status, 202)
  }
  let ahead = 0
  const clock = { now: () => Date.now() + ahead, after: () => ({ cancel: () => {} }) }
  const auditSigner = createAuditSigner(signingKey)
  const upkeep = { database, auditSigner, clock, log: pino({ level: 'silent' }), audited: () => {} }
  await record(entries)
  await signCheckpoints(upkeep)
  return {
    ...{ server, id, path, record, upkeep, user: new CliUser(server.url, { workspace: 'acme' }) },
    pass(time: number) {
      ahead += time
    },
    /** What somebody can do who has the database. */
    async tamper(text: string): Promise<void> {
      await database.execute({ name: 'disarm', text: 'alter table audit_entries disable trigger all' })
      await database.session((session) => session.script(text))
    },
  }
}

test('a log that nobody touched is whole, and what was done to it behind the server’s back is named', async (t) => {
  const { user, tamper, id, record } = await openLog(t, 9)
  await record(2)
  assert.match(
    await user.text('audit', 'verify'),
    /^Log +ws_\w+\nEntries +12, from 1 to 12\nSigned +up to entry 10, with 1 checkpoint\nNot signed +from \d{4}-[^\n]* on\n\nThe chain is whole\.\n$/,
  )
  const whole = await user.json('audit', 'verify')
  assert.deepEqual(
    [whole.whole, whole.workspace, whole.entries, whole.signed_up_to, whole.faults],
    [true, id, 12, 10, []],
  )

  await tamper(`update audit_entries set description = 'Nothing' where sequence = 4`)
  const altered = await user.run(['audit', 'verify'])
  assert.equal(altered.code, 1)
  assert.match(altered.stdout, /\n\nentry 4 was altered: its content does not have the hash that it carries\n$/)
  assert.match(altered.stderr, /^error: the log is not whole: entry 4 was altered: [^\n]*\n$/)

  await tamper('delete from audit_entries where sequence in (6, 7, 11, 12)')
  const removed = await user.run(['audit', 'verify', '--json'])
  assert.equal(removed.code, 1)
  const report = JSON.parse(removed.stdout)
  assert.equal(report.whole, false)
  assert.deepEqual(
    report.faults.map(({ kind, from, to }: Record<string, unknown>) => [kind, from, to]),
    [
      ['altered', 4, 4],
      ['removed', 6, 7],
      ['truncated', 11, 12],
    ],
  )
})

test('what was purged is told, and the rest is verified from there on', async (t) => {
  const { user, upkeep, pass, record, tamper } = await openLog(t, 4)
  pass(400 * day)
  await purgeAudit(upkeep)
  await record(1)
  assert.match(await user.text('audit', 'verify'), /^Entries +2, from 6 to 7\nPurged +1 to 5\nSigned +up to entry 5, /m)
  await tamper('delete from audit_entries where sequence = 6')
  const [, message] = await user.run(['audit', 'verify']).then(({ stdout, stderr }) => [stdout, stderr])
  assert.match(message ?? '', /entries 1 to 5 were removed: missing, and no entry says that they were purged/)
})

test('an export is verified without the server, with keys that were kept', async (t) => {
  const { user, server, path } = await openLog(t, 20)
  const folder = await mkdtemp(join(tmpdir(), 'atlas-verify-'))
  t.after(() => rm(folder, { recursive: true }))
  const [file, keys] = [join(folder, 'audit.ndjson'), join(folder, 'keys.json')]
  const { text } = await server.request('GET', `${path}/audit-log/export`)
  await writeFile(file, text)
  await writeFile(keys, (await server.request('GET', '/.well-known/atlas-audit-keys', { key: null })).text)
  const offline = (...args: string[]) => runCli(['audit', 'verify', '--file', ...args])

  const whole = await offline(file, '--keys', keys)
  assert.deepEqual([whole.code, whole.stderr], [0, ''])
  assert.match(
    whole.stdout,
    /^Entries +21, from 1 to 21\nSigned +up to entry 21, with 1 checkpoint\n\nThe chain is whole\./m,
  )
  const piped = await runCli(['audit', 'verify', '--file', '-', '--keys', keys, '--json'], { input: text })
  assert.equal(JSON.parse(piped.stdout).whole, true)
  const askedKeys = await user.run(['audit', 'verify', '--file', file])
  assert.equal(askedKeys.code, 0, askedKeys.stderr)

  const lines = text.trimEnd().split('\n')
  const fault = async (changed: readonly string[]): Promise<string> => {
    await writeFile(file, `${changed.join('\n')}\n`)
    const { code, stderr } = await offline(file, '--keys', keys)
    assert.equal(code, 1)
    return stderr
  }
  const [fourth = '', fifth = ''] = lines.slice(4, 6)
  assert.match(await fault(lines.with(4, fourth.replace('"lock"', '"key"'))), /whole: entry 4 was altered/)
  assert.match(await fault(lines.toSpliced(4, 1)), /whole: entry 4 was removed/)
  assert.match(await fault(lines.with(4, fifth).with(5, fourth)), /whole: entry 4 was reordered/)
  assert.match(await fault(lines.slice(0, 8)), /whole: entries 8 to 21 were cut off/)
  assert.match(await fault(lines.with(4, fourth.slice(0, -5))), /whole: entry 4 was altered: line 5 cannot be read/)
  assert.match(await fault(lines.slice(0, -1)), /whole: entry 22 was cut off: the export has no last line/)
  assert.match(await fault([]), /the export has no first line/)

  await writeFile(file, text)
  const others = createAuditSigner('08'.repeat(32)).publicKeys
  await writeFile(keys, JSON.stringify({ keys: others }))
  assert.match(
    (await offline(file, '--keys', keys)).stderr,
    /entry 21 was altered: its checkpoint was signed with a key that is not known/,
  )
  await writeFile(keys, '{"keys": [{"kty": "OKP"}]}')
  const noKeys = await offline(file, '--keys', keys)
  assert.deepEqual(
    [noKeys.code, noKeys.stderr],
    [2, `error: ${keys}: this is no set of public keys, {"keys": [{"kty": "OKP", …}]}\n`],
  )
  await writeFile(keys, JSON.stringify({ keys: others }))
  assert.equal((await offline(join(folder, 'none'), '--keys', keys)).code, 2)
  const away = await runCli(['audit', 'verify', '--file', file, '--server', 'http://127.0.0.1:9'])
  assert.equal(away.code, 1)
  assert.match(
    away.stderr,
    /^error: without --keys the server is asked for its public keys, and http:\/\/127\.0\.0\.1:9 did not answer/,
  )
})

test('a workspace key verifies its own log, the operator those of deleted workspaces too', async (t) => {
  const { server, path, user, id } = await openLog(t, 2)
  const reader = new CliUser(server.url, { key: await server.createKey(path, ['read']) })
  assert.equal((await reader.json('audit', 'verify')).entries, 4)
  await user.text('workspaces', 'delete', 'acme', '--yes')
  assert.equal((await user.json('audit', 'verify', '--workspace', id)).entries, 4)
  assert.equal((await user.json('audit', 'verify', '--workspace', 'operator')).entries, 1)
})

test('on a terminal a long log shows how far it is', async (t) => {
  const { server, record } = await openLog(t, 1_000)
  await record(1_000)
  const cli = await CliProcess.start(t, { server: server.url, workspace: 'acme' }, ['audit', 'verify'], {
    terminal: true,
  })
  await cli.says(/█+░+ +49 % {2}1000 of 2001/)
  await cli.says(/Entries +2001, from 1 to 2001\s[\s\S]*The chain is whole\./)
  assert.equal(await cli.exited, 0)
})
