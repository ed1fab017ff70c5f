import assert from 'node:assert/strict'
import { createHash, webcrypto } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createUuidGenerator, deliveryId, fromTypeId, idPrefix, timeOf, toTypeId, uuidFloor } from './identifier.ts'

const fillRandom = (target: Uint32Array) => void webcrypto.getRandomValues(target)
const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const anyUuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
})

// From the TypeID specification 0.3 (valid.yml), the suffixes only: its prefixes are not ours.
const published: readonly (readonly [suffix: string, uuid: string])[] = [
  ['00000000000000000000000000', '00000000-0000-0000-0000-000000000000'],
  ['00000000000000000000000001', '00000000-0000-0000-0000-000000000001'],
  ['0000000000000000000000000a', '00000000-0000-0000-0000-00000000000a'],
  ['0000000000000000000000000g', '00000000-0000-0000-0000-000000000010'],
  ['00000000000000000000000010', '00000000-0000-0000-0000-000000000020'],
  ['7zzzzzzzzzzzzzzzzzzzzzzzzz', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ['0123456789abcdefghjkmnpqrs', '0110c853-1d09-52d8-d73e-1194e95b5f19'],
  ['01h455vb4pex5vsknk084sn02q', '01890a5d-ac96-774b-bcce-b302099a8057'],
]

test('the vectors of the TypeID specification hold in both directions', () => {
  for (const [suffix, uuid] of published) {
    assert.equal(toTypeId('evt', uuid), `evt_${suffix}`)
    assert.equal(fromTypeId('evt', `evt_${suffix}`), uuid)
  }
})

test('every UUID survives the way to its TypeID and back, under every prefix', () => {
  fc.assert(
    fc.property(anyUuid, fc.constantFrom(...Object.values(idPrefix)), (uuid, prefix) => {
      const shown = toTypeId(prefix, uuid)
      assert.match(shown, /^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
      assert.equal(fromTypeId(prefix, shown), uuid)
    }),
  )
})

test('TypeIDs sort as their UUIDs do', () => {
  fc.assert(
    fc.property(anyUuid, anyUuid, (one, other) => {
      assert.equal(one < other, toTypeId('evt', one) < toTypeId('evt', other))
    }),
  )
})

test('a TypeID that is malformed or of another kind is refused', () => {
  const refused = [
    '',
    'evt_',
    '01h455vb4pex5vsknk084sn02q',
    '_01h455vb4pex5vsknk084sn02q',
    'ep_01h455vb4pex5vsknk084sn02q',
    'evta01h455vb4pex5vsknk084sn02q',
    'evt-01h455vb4pex5vsknk084sn02q',
    'EVT_01h455vb4pex5vsknk084sn02q',
    'evt_01H455VB4PEX5VSKNK084SN02Q',
    'evt_01h455vb4pex5vsknk084sn02',
    'evt_01h455vb4pex5vsknk084sn02qq',
    'evt_01h455vb4pex5vsknk084sn02u',
    'evt_01h455vb4pex5vsknk084sn02l',
    'evt_01h455vb4pex5vsknk084sn0 q',
    'evt_01h455vb4pex5vsknk084sn0Ŀq',
    'evt_80000000000000000000000000',
    'evt_zzzzzzzzzzzzzzzzzzzzzzzzzz',
    '01890a5d-ac96-774b-bcce-b302099a8057',
  ]
  for (const text of refused) assert.equal(fromTypeId('evt', text), null, text)
})

test('what is no lower-case UUID is not shown as a TypeID', () => {
  for (const text of [
    '',
    '01890A5D-AC96-774B-BCCE-B302099A8057',
    '01890a5d-ac96-774b-bcce-b302099a805g',
    '01890a5d-ac96-774b-bcce-b302099a805',
    '01890a5d0ac96-774b-bcce-b302099a8057',
    '01890a5d-ac96-774b-bcce-b302099a805Ŀ',
  ]) {
    assert.throws(() => toTypeId('evt', text), RangeError, text)
  }
})

test('a delivery id is not made of what is no UUID', () => {
  const good = '01890a5d-ac96-774b-bcce-b302099a8057'
  for (const bad of ['', '01890a5d-ac96-774b-bcce-b302099a805', '01890a5d-ac96-774b-bcce-b302099a805g']) {
    assert.throws(() => deliveryId(bad, good), RangeError, bad)
    assert.throws(() => deliveryId(good, bad), RangeError, bad)
  }
})

test('generated ids are version 7, carry the time and rise within a millisecond', () => {
  const now = 1_712_345_678_901
  const next = createUuidGenerator(() => now, fillRandom)
  const ids = Array.from({ length: 5000 }, next)
  for (const id of ids) {
    assert.match(id, uuidV7)
    assert.equal(timeOf(id), now)
  }
  assert.deepEqual(ids.toSorted(), ids)
  assert.equal(new Set(ids).size, ids.length)
})

test('generated ids keep rising when the clock steps back a little, and when it gives fractions', () => {
  let now = 1_712_345_678_901
  const next = createUuidGenerator(() => now, fillRandom)
  const first = next()
  now -= 5000
  const second = next()
  assert.ok(second > first)
  now += 6000.75
  assert.ok(next() > second)
})

test('two generators do not give the same ids', () => {
  const one = createUuidGenerator(() => 0, fillRandom)
  const other = createUuidGenerator(() => 0, fillRandom)
  assert.notEqual(one(), other())
})

test('the floor of a time lies between the ids of the millisecond before and those of its own', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 48 - 2 }), (time) => {
      const floor = uuidFloor(time)
      assert.equal(timeOf(floor), time)
      assert.ok(createUuidGenerator(() => time, fillRandom)() > floor)
      assert.ok(createUuidGenerator(() => time - 1, fillRandom)() < floor)
    }),
  )
  assert.equal(uuidFloor(1_712_345_678_901), '018eafc1-8435-0000-0000-000000000000')
  for (const bad of [-1, 0.5, 2 ** 48, Number.NaN]) assert.throws(() => uuidFloor(bad), RangeError)
})

test('a delivery has one id: the time of its event, then the hash of both ids', () => {
  fc.assert(
    fc.property(anyUuid, anyUuid, (event, endpoint) => {
      const id = deliveryId(event, endpoint)
      assert.match(id, uuidV7)
      assert.equal(timeOf(id), timeOf(event))
      assert.equal(deliveryId(event, endpoint), id)
      const digest = createHash('sha256')
        .update(Buffer.from((event + endpoint).replaceAll('-', ''), 'hex'))
        .digest('hex')
      assert.equal(id.slice(15, 18) + id.slice(20, 23) + id.slice(24), digest.slice(1, 4) + digest.slice(5, 20))
    }),
  )
})

test('another event or another endpoint gives another delivery id', () => {
  const [event, endpoint] = ['018eafc1-8435-7abc-8abc-000000000001', '018eafc1-8435-7abc-8abc-000000000002']
  const ids = [deliveryId(event, endpoint), deliveryId(endpoint, event), deliveryId(event, event)]
  assert.equal(new Set(ids).size, 3)
})
