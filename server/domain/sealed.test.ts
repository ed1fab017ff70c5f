import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createKeyring, MasterKeyError, open, SealedError, seal } from './sealed.ts'

const oldKey = randomBytes(32).toString('base64')
const newKey = randomBytes(32).toString('hex')
const keyring = createKeyring(oldKey)
const endpoint = '018eafc1-8435-7abc-8abc-000000000001'

/** For assert.throws: a SealedError for one of these reasons. */
const because =
  (...reasons: SealedError['reason'][]) =>
  (error: unknown) =>
    error instanceof SealedError && reasons.includes(error.reason)

test('any text opens to what was sealed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, bound) => {
      assert.equal(open(seal(text, bound, keyring, randomBytes), bound, keyring), text)
    }),
  )
})

test('the same text seals to other bytes each time, and none of them show it', () => {
  const [one, other] = [
    seal('whsec_secret', endpoint, keyring, randomBytes),
    seal('whsec_secret', endpoint, keyring, randomBytes),
  ]
  assert.notDeepEqual(one.subarray(9), other.subarray(9))
  assert.equal(one.includes('whsec_secret'), false)
})

test('after a rotation old values open, new ones are sealed with the new key, and the old key alone does not open them', () => {
  const rotated = createKeyring(`${newKey}, ${oldKey}`)
  const before = seal('from before', endpoint, keyring, randomBytes)
  assert.equal(open(before, endpoint, rotated), 'from before')
  const after = seal('from after', endpoint, rotated, randomBytes)
  assert.equal(open(after, endpoint, createKeyring(newKey)), 'from after')
  assert.throws(() => open(after, endpoint, keyring), because('unknown_master_key'))
})

test('a value does not open for another endpoint', () => {
  const sealed = seal('secret', endpoint, keyring, randomBytes)
  assert.throws(() => open(sealed, '018eafc1-8435-7abc-8abc-000000000002', keyring), because('tampered'))
  assert.throws(() => open(sealed, '', keyring), because('tampered'))
})

test('a change of any bit is noticed', () => {
  const sealed = seal('secret', endpoint, keyring, randomBytes)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const position = bit >> 3
    const altered = Buffer.from(sealed)
    altered.writeUInt8(altered.readUInt8(position) ^ (1 << (bit & 7)), position)
    const reason = position === 0 ? 'unknown_format' : position <= 8 ? 'unknown_master_key' : 'tampered'
    assert.throws(() => open(altered, endpoint, keyring), because(reason), `bit ${bit}`)
  }
})

test('a value that was cut short or extended does not open', () => {
  const sealed = seal('secret', endpoint, keyring, randomBytes)
  for (let length = 0; length < sealed.length; length++) {
    const cut = sealed.subarray(0, length)
    assert.throws(() => open(cut, endpoint, keyring), because('unknown_format', 'tampered'), `${length} bytes`)
  }
  assert.throws(() => open(Buffer.concat([sealed, Buffer.of(0)]), endpoint, keyring), because('tampered'))
})

test('a data key cannot be carried over to another value', () => {
  const [one, other] = [seal('one', endpoint, keyring, randomBytes), seal('two', endpoint, keyring, randomBytes)]
  const mixed = Buffer.concat([one.subarray(0, 69), other.subarray(69)])
  assert.throws(() => open(mixed, endpoint, keyring), because('tampered'))
})

test('a master key may be hexadecimal, base64 or base64url, padded or not, and longer than 32 bytes', () => {
  const bytes = randomBytes(32)
  const sealed = seal('secret', endpoint, createKeyring(bytes.toString('hex')), randomBytes)
  const base64 = bytes.toString('base64')
  for (const spelling of [
    base64,
    base64.replace('=', ''),
    bytes.toString('base64url'),
    ` ${bytes.toString('hex').toUpperCase()} `,
  ]) {
    assert.equal(open(sealed, endpoint, createKeyring(spelling)), 'secret')
  }
  const long = createKeyring(randomBytes(48).toString('base64'))
  assert.equal(open(seal('secret', endpoint, long, randomBytes), endpoint, long), 'secret')
})

test('a bad master key is refused with what is wrong and which one it is, without showing it', () => {
  const short = randomBytes(16).toString('base64')
  const broken = `${oldKey.slice(0, 20)}*${oldKey.slice(21)}`
  const cases: readonly (readonly [text: string, complaint: RegExp])[] = [
    ['', /^master key 1 is empty$/],
    [`${oldKey},`, /^master key 2 is empty$/],
    [`${oldKey},${short}`, /^master key 2 has 16 bytes, it needs 32 or more$/],
    [broken, /^master key 1 is neither hexadecimal nor base64$/],
    ['correct horse battery staple', /^master key 1 is neither hexadecimal nor base64$/],
    ['0'.repeat(64), /^master key 1 is not random$/],
  ]
  for (const [text, complaint] of cases) {
    assert.throws(
      () => createKeyring(text),
      (error) => error instanceof MasterKeyError && complaint.test(error.message),
      text,
    )
  }
})
