import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operatorChain } from '../domain/audit.ts'
import { checkpointRecord, createAuditSigner, isGenuine } from '../domain/audit-checkpoint.ts'
import { startTestServer } from '../testing/server.ts'

test('anybody can verify with the published keys what the signing keys have signed', async (t) => {
  const [present, former] = ['01'.repeat(32), '02'.repeat(32)]
  const { request } = await startTestServer(t, { ATLAS_AUDIT_SIGNING_KEY: `${present},${former}` })
  const { status, headers, json } = await request('GET', '/.well-known/atlas-audit-keys', { key: null })
  assert.equal(status, 200)
  assert.match(headers.get('content-type') ?? '', /^application\/jwk-set\+json/)
  assert.deepEqual(Object.keys(json.keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  const point = { workspaceId: operatorChain, sequence: 1, hash: 'ab'.repeat(32), signedAt: new Date() }
  for (const key of [present, former]) {
    assert(isGenuine(checkpointRecord(createAuditSigner(key).sign(point)), json.keys))
  }
  assert(!isGenuine(checkpointRecord(createAuditSigner('03'.repeat(32)).sign(point)), json.keys))
})
