import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { type NewAuditEntry, operatorChain } from '../domain/audit.ts'
import { ChainVerifier, genesis, recordOf } from '../domain/audit-chain.ts'
import { checkpointRecord, createAuditSigner, isGenuine } from '../domain/audit-checkpoint.ts'
import { findAuditChain, readAudit } from '../storage/audit.ts'
import { appendAudit } from '../storage/audit-append.ts'
import { readCheckpoints } from '../storage/audit-checkpoint.ts'
import { listAudit } from '../storage/audit-search.ts'
import { deleteWorkspace } from '../storage/workspace.ts'
import { createTestDatabase } from '../testing/database.ts'
import { Seed } from '../testing/seed.ts'
import { purgeAudit, signCheckpoints } from './audit-upkeep.ts'

const day = 86_400_000
const start = Date.UTC(2026, 0, 1)
const auditSigner = createAuditSigner('07'.repeat(32))

const entry: NewAuditEntry = {
  ...{ category: 'lock', action: 'created', description: '', metadata: '{}', occurredAt: null, recordedBy: 'operator' },
  actor: { type: 'user', id: 'user_1', name: null, ip: null },
  target: { type: 'stack', id: 'st_1', name: null },
}

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const { workspaceId } = await Seed.plant(database)
  let now = start
  const clock = { now: () => now, after: () => ({ cancel: () => {} }) }
  const options = { database, auditSigner, clock, log: pino({ level: 'silent' }) }
  const all = { from: 0, to: Number.MAX_SAFE_INTEGER }
  return {
    ...{ database, workspaceId, options },
    at(time: number) {
      now = time
    },
    append: (count: number) =>
      database.transaction((transaction) =>
        appendAudit(transaction, workspaceId, Array<NewAuditEntry>(count).fill(entry), new Date(now)),
      ),
    entries: () => readAudit(database, workspaceId, { after: 0, upTo: all.to, limit: 1_000 }),
    checkpoints: (id = workspaceId) => readCheckpoints(database, id, all),
    list: (id = workspaceId) =>
      listAudit(database, id, { since: null, until: null, terms: [], limit: 100, before: null, patience: 1_000 }),
  }
}

test('a chain that has grown gets a genuine checkpoint: the first at once, the next after an hour', async (t) => {
  const { options, at, append, checkpoints, entries } = await open(t)
  await append(3)
  await signCheckpoints(options)
  await append(2)
  at(start + 59 * 60_000)
  await signCheckpoints(options)
  assert.deepEqual(
    (await checkpoints()).map(({ sequence }) => sequence),
    [3],
  )
  at(start + 60 * 60_000)
  await Promise.all([signCheckpoints(options), signCheckpoints(options)])
  await signCheckpoints(options)
  const signed = await checkpoints()
  assert.deepEqual(
    signed.map(({ sequence }) => sequence),
    [3, 5],
  )
  const verifier = new ChainVerifier(genesis)
  for (const checkpoint of signed) {
    assert(isGenuine(checkpointRecord(checkpoint), auditSigner.publicKeys))
    verifier.checkpoint(checkpoint)
  }
  for (const each of await entries()) verifier.entry(recordOf(each))
  assert.deepEqual(verifier.finish(), [])
})

test('a clock that is behind does not let a chain go back in time', async (t) => {
  const { at, append } = await open(t)
  await append(1)
  at(start - 5_000)
  const [late] = await append(1)
  assert.deepEqual(late?.recordedAt, new Date(start))
})

test('what is older than the retention is purged, recorded, and the rest is verified from a checkpoint on', async (t) => {
  const { database, workspaceId, options, at, append, entries, checkpoints, list } = await open(t)
  await append(40)
  await signCheckpoints(options)
  at(start + 200 * day)
  await append(10)
  at(start + 365 * day)
  await purgeAudit(options)
  assert.equal((await entries()).length, 50, 'not before the time is over')
  at(start + 365 * day + 1)
  await Promise.all([purgeAudit(options), purgeAudit(options)])
  const left = await entries()
  assert.deepEqual(
    left.map(({ sequence }) => sequence),
    Array.from({ length: 11 }, (_, index) => 41 + index),
  )
  const [newest] = (await list()).rows
  assert.deepEqual([newest?.action, newest?.actor.type], ['audit_log_purged', 'system'])
  assert.deepEqual(JSON.parse(newest?.metadata ?? '').to_sequence, 40)
  const [from] = await checkpoints()
  assert(from && isGenuine(checkpointRecord(from), auditSigner.publicKeys))
  assert.equal(from.sequence, 40)
  const verifier = new ChainVerifier(from)
  for (const each of left) verifier.entry(recordOf(each))
  assert.deepEqual(verifier.finish(), [])
  assert.equal((await findAuditChain(database, workspaceId))?.purgedSequence, 40)
  await purgeAudit(options)
  assert.equal((await entries()).length, 11, 'nothing more to do')
})

test('of a deleted workspace the log is kept as long, and its purge is in the log of the operator', async (t) => {
  const { database, workspaceId, options, at, append, entries, list } = await open(t)
  await append(2)
  await deleteWorkspace(database, workspaceId)
  at(start + 364 * day)
  await purgeAudit(options)
  assert.equal((await entries()).length, 2)
  at(start + 366 * day)
  await purgeAudit(options)
  assert.equal((await entries()).length, 0)
  const { rows } = await list(operatorChain)
  assert.deepEqual(
    rows.map(({ action }) => action),
    ['audit_log_purged'],
  )
})

test('a workspace may keep its log for a shorter time', async (t) => {
  const { database, workspaceId, options, at, append, entries } = await open(t)
  const setting = { name: 'keep', text: 'update workspaces set audit_retention_days = 7 where id = $1' }
  await database.execute(setting, [workspaceId])
  await append(2)
  at(start + 8 * day)
  await purgeAudit(options)
  assert.deepEqual(
    (await entries()).map(({ action }) => action),
    ['audit_log_purged'],
  )
})
