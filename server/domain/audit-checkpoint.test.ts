import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointRecord, createAuditSigner, isGenuine, SigningKeyError } from './audit-checkpoint.ts'

// The key of RFC 8037, appendix A.
const seed = Buffer.from('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'base64url')
const point = {
  ...{ workspaceId: '018f0000-0000-7000-8000-000000000001', sequence: 7, hash: 'ab'.repeat(32) },
  signedAt: new Date(Date.UTC(2026, 0, 1)),
}

test('the public key and its thumbprint are those of RFC 8037', () => {
  const [key] = createAuditSigner(seed.toString('hex')).publicKeys
  assert.equal(key?.x, '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')
  assert.equal(key?.kid, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

test('a signed checkpoint is genuine as it is, and with any field changed it is not', () => {
  const signer = createAuditSigner(seed.toString('base64'))
  const record = checkpointRecord(signer.sign(point))
  assert.equal(isGenuine(record, signer.publicKeys), true)
  const changes = { workspace: 'operator', sequence: 8, hash: 'ac'.repeat(32), signed_at: 'x', v: 2, signature: 'AAAA' }
  for (const [name, value] of Object.entries(changes)) {
    assert.equal(isGenuine({ ...record, [name]: value }, signer.publicKeys), false, name)
  }
  assert.equal(isGenuine(record, createAuditSigner('00'.repeat(32)).publicKeys), false)
})

test('the first key signs, and what older ones signed stays genuine', () => {
  const old = checkpointRecord(createAuditSigner(seed.toString('hex')).sign(point))
  const rotated = createAuditSigner(`${'01'.repeat(32)}, ${seed.toString('hex')}`)
  assert.equal(isGenuine(old, rotated.publicKeys), true)
  assert.notEqual(rotated.sign(point).keyId, old.key_id)
  for (const bad of ['', 'abc', `${'01'.repeat(32)},`, '01'.repeat(33)]) {
    assert.throws(() => createAuditSigner(bad), SigningKeyError)
  }
})
