import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { AuditRecord } from '../domain/audit-chain.ts'
import { ChainVerifier, genesis } from '../domain/audit-chain.ts'
import { createAuditSigner } from '../domain/audit-checkpoint.ts'
import { ExportVerifier } from '../domain/audit-export.ts'
import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import { storeCheckpoint } from '../storage/audit-checkpoint.ts'
import { startTestServer, type TestServer } from '../testing/server.ts'

const actor = { type: 'user', id: 'user_1', name: 'Jane Doe', ip: '192.0.2.7' }
const target = { type: 'repository', id: 'repo_1', name: 'infra-live' }

interface Log extends TestServer {
  readonly path: string
  record(more?: object): Promise<{ id: string; sequence: number; hash: string }>
  list(query?: string): Promise<AuditRecord[]>
}

async function open(t: TestContext): Promise<Log> {
  const server = await startTestServer(t)
  const workspace = await server.createWorkspace('acme')
  const path = `${workspace.path}/audit-log`
  return {
    ...server,
    path,
    async record(more = {}) {
      const body = { category: 'github', action: 'repository_imported', actor, target, ...more }
      const { status, json, text } = await server.request('POST', path, { body })
      assert.equal(status, 202, text)
      return json
    },
    async list(query = '') {
      const { status, json, text } = await server.request('GET', `${path}?${query}`)
      assert.equal(status, 200, text)
      return json.data
    },
  }
}

test('an entry is recorded, listed and shown with everything that was said', async (t) => {
  const { path, record, list, request } = await open(t)
  const metadata = { b: [1, 2.5, { z: null, a: 'é' }], a: 'x' }
  const { id, sequence, hash } = await record({
    metadata,
    description: 'Imported.',
    occurred_at: '2026-01-15T10:00:00Z',
  })
  assert.match(id, /^aud_[0-9a-z]{26}$/)
  assert.equal(sequence, 2, 'after the entry about the workspace itself')
  const [entry] = await list()
  assert.deepEqual(
    { ...entry, recorded_at: '', previous_hash: '' },
    {
      ...{ v: 1, workspace: path.split('/')[3], sequence, id, category: 'github', action: 'repository_imported' },
      ...{
        actor,
        target,
        description: 'Imported.',
        metadata,
        occurred_at: '2026-01-15T10:00:00.000Z',
        recorded_at: '',
      },
      ...{ recorded_by: 'operator', previous_hash: '', hash },
    },
  )
  assert.deepEqual((await request('GET', `${path}/${id}`)).json, entry)
  assert.equal((await request('GET', `${path}/aud_01h455vb4pex5vsknk084sn02q`)).status, 404)
})

test('malformed entries are refused with the path of each fault', async (t) => {
  const { path, request, list } = await open(t)
  const good = { category: 'a', action: 'b', actor, target }
  const cases: [object, string][] = [
    [{ category: 'Team' }, 'category'],
    [{ action: `a${'b'.repeat(64)}` }, 'action'],
    [{ action: '1st' }, 'action'],
    [{ actor: { type: 'user' } }, 'actor.id'],
    [{ actor: { ...actor, ip: '300.1.1.1' } }, 'actor.ip'],
    [{ target: { ...target, id: 'a\u0000b' } }, 'target.id'],
    [{ occurred_at: new Date(Date.now() + 6 * 60_000).toISOString() }, 'occurred_at'],
    [{ description: 'x'.repeat(2_001) }, 'description'],
    [{ metadata: [] }, 'metadata'],
    [{ extra: 1 }, 'extra'],
  ]
  for (const [change, fault] of cases) {
    const { status, json } = await request('POST', path, { body: { ...good, ...change } })
    assert.deepEqual([status, json.errors?.[0].path], [422, fault], JSON.stringify(change))
  }
  const text = JSON.stringify({ ...good, metadata: { order: 'ID' } }).replace('"ID"', '12345678901234567890')
  assert.equal((await request('POST', path, { body: text })).json.errors[0].path, 'metadata')
  const large = { ...good, metadata: { text: 'é'.repeat(33_000) } }
  assert.equal((await request('POST', path, { body: large })).status, 413)
  const fits = { ...good, metadata: { text: 'x'.repeat(65_000) } }
  assert.equal((await request('POST', path, { body: fits })).status, 202)
  assert.equal((await list('category=a')).length, 1)
})

test('a batch is stored as a whole or not at all', async (t) => {
  const { path, request, list } = await open(t)
  const entries = Array.from({ length: 1_000 }, (_, n) => ({
    category: 'lock',
    action: 'created',
    actor,
    target,
    metadata: { n },
  }))
  const { status, json } = await request('POST', `${path}/batch`, { body: { entries } })
  assert.equal(status, 202)
  assert.deepEqual(
    json.data.map(({ sequence }: AuditRecord) => sequence),
    entries.map((_, index) => index + 2),
  )
  const bad = await request('POST', `${path}/batch`, {
    body: { entries: [entries[0], { ...entries[1], action: 'X' }] },
  })
  assert.deepEqual([bad.status, bad.json.errors[0].path], [422, 'entries.1.action'])
  assert.equal((await request('POST', `${path}/batch`, { body: { entries: [...entries, entries[0]] } })).status, 422)
  const [newest] = await list('category=lock&limit=1')
  assert.deepEqual([newest?.sequence, newest?.metadata], [1_001, { n: 999 }])
})

test('an idempotency key gives the first answer again, also when several ask at once', async (t) => {
  const { path, request, list } = await open(t)
  const ask = (action = 'created') =>
    request('POST', path, { body: { category: 'lock', action, actor, target }, headers: { 'idempotency-key': 'k1' } })
  const answers = await Promise.all([ask(), ask(), ask(), ask()])
  assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1)
  assert.equal(answers[0]?.status, 202)
  assert.equal((await list('category=lock')).length, 1)
  const other = await ask('deleted')
  assert.deepEqual([other.status, other.json.code], [409, 'idempotency_conflict'])
})

test('entries are found by words, actor, category, action and time', async (t) => {
  const { record, list } = await open(t)
  await record({ description: 'Deployed the Ünïcode gateway', occurred_at: '2026-01-10T00:00:00Z' })
  await record({ category: 'lock', action: 'created', actor: { type: 'user', id: "o'neil@acme.example" } })
  await record({ category: 'lock', action: 'deleted', target: { type: 'stack', id: 'st_9', name: 'prod/eu-west-1' } })
  const found = async (query: string) => (await list(query)).map(({ sequence }) => sequence)
  assert.deepEqual(await found('q=gate'), [2])
  assert.deepEqual(await found(`q=${encodeURIComponent('ÜNÏ deploy')}`), [2])
  assert.deepEqual(await found('q=ateway'), [], 'words are found by how they begin')
  assert.deepEqual(await found('q=eu-west'), [4])
  assert.deepEqual(await found('q=jane'), [4, 2])
  assert.deepEqual(await found('q=repository_imp'), [2])
  assert.deepEqual(await found(`q=${encodeURIComponent("O'Neil")}`), [3])
  assert.deepEqual(await found(`q=${encodeURIComponent("' & !)(:*|\\")}`), [], 'no words, so nothing has them')
  assert.deepEqual(await found(`actor=${encodeURIComponent("o'neil@acme.example")}`), [3])
  assert.deepEqual(await found('category=lock'), [4, 3])
  assert.deepEqual(await found('category=lock&action=created'), [3])
  assert.deepEqual(await found('action=lock.created'), [3])
  assert.deepEqual(await found('action=created'), [3, 1])
  assert.deepEqual(await found('action=lock.created&category=github'), [])
  assert.deepEqual(await found('category=lock&q=jane&actor=user_1'), [4])
  assert.deepEqual(await found('until=2026-01-11T00:00:00Z'), [2])
  assert.deepEqual(await found('since=2026-01-11T00:00:00Z'), [4, 3, 1])
  assert.deepEqual(await found('since=2026-01-11T00:00:00Z&until=2026-01-12T00:00:00Z'), [])
  assert.deepEqual(await found('q=jane&until=2026-01-11T00:00:00Z'), [2])
})

test('pages come newest first, each entry once, across segments', async (t) => {
  const { path, request, record, database } = await open(t)
  await record()
  // As if the chain had long been running: its next entries lie on both sides of the border of a segment.
  await database.execute({ name: 'far', text: 'update audit_chains set last_sequence = 16380 where last_sequence = 2' })
  for (let count = 0; count < 8; count++) await record()
  for (const query of ['limit=3', 'limit=3&q=jane', 'limit=3&q=jane&category=github']) {
    const seen: number[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { json } = await request('GET', `${path}?${query}${cursor && `&cursor=${cursor}`}`)
      seen.push(...json.data.map(({ sequence }: AuditRecord) => sequence))
      cursor = json.next_cursor
    }
    const recent = Array.from({ length: 8 }, (_, index) => 16_388 - index)
    assert.deepEqual(seen, query === 'limit=3' ? [...recent, 2, 1] : [...recent, 2])
  }
  assert.equal((await request('GET', `${path}?cursor=abc`)).json.errors[0].path, 'cursor')
})

test('a key reads and records in its own workspace, and the entry says which key recorded it', async (t) => {
  const server = await open(t)
  const publisher = await server.createKey(server.path.replace('/audit-log', ''), ['publish'])
  const body = { category: 'lock', action: 'created', actor: { type: 'operator', id: 'operator' }, target }
  assert.equal((await server.request('POST', server.path, { key: publisher, body })).status, 202)
  assert.equal((await server.request('GET', server.path, { key: publisher })).status, 403)
  const [entry] = await server.list('category=lock')
  assert.match(entry?.recorded_by ?? '', /^key_/, 'nobody can speak for Atlas')
})

test('the operator sees all logs, and that of a deleted workspace', async (t) => {
  const { request, record, createWorkspace, path } = await open(t)
  await record()
  const other = await createWorkspace('other')
  assert.equal((await request('DELETE', other.path)).status, 204)
  const seen = async (query: string) => {
    const { json } = await request('GET', `/v1/audit-log?${query}`)
    return json.data.map((entry: AuditRecord) => `${entry.workspace} ${entry.category}.${entry.action}`)
  }
  const mine = path.split('/')[3]
  assert.deepEqual(
    (await seen('')).sort(),
    [
      'operator workspace.deleted',
      `${mine} github.repository_imported`,
      `${mine} workspace.created`,
      `${other.id} workspace.created`,
    ].sort(),
  )
  assert.deepEqual(await seen('q=jane&category=github'), [`${mine} github.repository_imported`])
  assert.deepEqual(await seen(`workspace=${other.id}`), [`${other.id} workspace.created`])
  assert.deepEqual(await seen('workspace=acme&action=created'), [`${mine} workspace.created`])
  const [deleted] = (await request('GET', '/v1/audit-log?workspace=operator')).json.data
  const [last] = (await request('GET', `/v1/audit-log?workspace=${other.id}`)).json.data
  assert.deepEqual(deleted.metadata.audit_log, { last_sequence: 1, last_hash: last.hash }, 'how its log ended')
  const late = await request('POST', `${other.path}/audit-log`, { body: { category: 'a', action: 'b', actor, target } })
  assert.equal(late.status, 404)
})

test('the database refuses to change or remove an entry', async (t) => {
  const { database, record, list } = await open(t)
  await record()
  const before = await list()
  const attempts = [
    `update audit_entries set description = 'x'`,
    'delete from audit_entries',
    'truncate audit_entries',
    'delete from audit_checkpoints',
  ]
  for (const text of attempts) {
    await assert.rejects(database.execute({ name: text, text }), { code: '42501', message: /append-only/ }, text)
  }
  assert.deepEqual(await list(), before)
})

test('many writers at once make one chain without a gap, which the export proves', async (t) => {
  const server = await open(t)
  const second = await startTestServer(t, { ATLAS_DATABASE_URL: server.databaseUrl })
  const writers = Array.from({ length: 24 }, async (_, writer) => {
    const { request } = writer % 2 === 0 ? server : second
    for (let round = 0; round < 5; round++) {
      const entry = { category: 'lock', action: 'created', actor, target, metadata: { writer, round } }
      const single = await request('POST', server.path, { body: entry })
      assert.equal(single.status, 202, single.text)
      const batch = await request('POST', `${server.path}/batch`, { body: { entries: [entry, entry, entry] } })
      assert.equal(batch.status, 202, batch.text)
    }
  })
  const administrators = Array.from({ length: 6 }, async () => {
    const { status } = await server.request('POST', server.path.replace('audit-log', 'keys'), {
      body: { name: 'k', scopes: ['read'] },
    })
    assert.equal(status, 201)
  })
  await Promise.all([...writers, ...administrators])
  const { text, headers } = await server.request('GET', `${server.path}/export`)
  assert.match(headers.get('content-type') ?? '', /ndjson/)
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const entries = lines.flatMap(({ entry }) => (entry ? [entry as AuditRecord] : []))
  assert.deepEqual(
    entries.map(({ sequence }) => sequence),
    Array.from({ length: 1 + 24 * 5 * 4 + 6 }, (_, index) => index + 1),
  )
  const verifier = new ChainVerifier(genesis)
  for (const entry of entries) verifier.entry(entry)
  assert.deepEqual(verifier.finish(), [])
  assert.deepEqual(lines[0].chain.last_sequence, entries.length)
  assert.deepEqual(lines.at(-1).end, { sequence: entries.length, hash: entries.at(-1)?.hash })
})

test('an export of a time begins at the checkpoint before it, and can be verified by itself', async (t) => {
  const { path, record, request, database } = await open(t)
  const signer = createAuditSigner('01'.repeat(32))
  const workspaceId = fromTypeId(idPrefix.workspace, path.split('/')[3] ?? '') ?? ''
  const exported = async (query: string) => {
    const { status, text } = await request('GET', `${path}/export?${query}`)
    assert.equal(status, 200, text)
    const verifier = new ExportVerifier(signer.publicKeys)
    const lines = text.trimEnd().split('\n')
    for (const line of lines) verifier.line(JSON.parse(line))
    const sequences = lines.flatMap((line) => JSON.parse(line).entry?.sequence ?? [])
    return { sequences, report: verifier.finish({ isDeleted: false }) }
  }
  for (let sequence = 2; sequence <= 6; sequence++) {
    const { hash } = await record({ metadata: { sequence } })
    if (sequence === 3) {
      const signed = signer.sign({ workspaceId, sequence, hash, signedAt: new Date() })
      await database.transaction((transaction) => storeCheckpoint(transaction, signed))
    }
    // So that no two entries were recorded in the same millisecond.
    const at = Date.now()
    while (Date.now() === at) await new Promise((resolve) => setImmediate(resolve))
  }
  const entries: AuditRecord[] = (await request('GET', path)).json.data.toReversed()
  const time = (sequence: number) => entries[sequence - 1]?.recorded_at ?? ''
  const all = await exported('')
  assert.deepEqual([all.sequences, all.report.isPart, all.report.faults], [[1, 2, 3, 4, 5, 6], false, []])
  const some = await exported(`since=${time(5)}&until=${time(6)}`)
  assert.deepEqual([some.sequences, some.report.isPart, some.report.faults], [[4, 5], true, []])
  assert.deepEqual(some.report.signedUpTo, 3)
  const early = await exported(`until=${time(3)}`)
  assert.deepEqual([early.sequences, early.report.isPart, early.report.faults], [[1, 2], true, []])
  const later = await exported('since=2099-01-01T00:00:00Z')
  assert.deepEqual([later.sequences, later.report.faults], [[4, 5, 6], []])
  const none = await exported(`since=${time(6)}&until=${time(1)}`)
  assert.deepEqual([none.sequences, none.report.faults], [[], []])
  const { json } = await request('GET', `${path}/export?since=yesterday`)
  assert.deepEqual([json.status, json.errors[0].path], [422, 'since'])
})
