import { hash } from 'node:crypto'
import { V7Generator } from 'uuidv7'

/** What the ids of each kind of thing begin with when they are shown: `evt_01h…`. */
export const idPrefix = {
  workspace: 'ws',
  event: 'evt',
  endpoint: 'ep',
  delivery: 'dlv',
  attempt: 'att',
  key: 'key',
  job: 'job',
  auditEntry: 'aud',
  alert: 'alr',
  user: 'usr',
  invitation: 'inv',
  portalSession: 'prt',
} as const

export type IdPrefix = (typeof idPrefix)[keyof typeof idPrefix]

const latestTime = 2 ** 48 - 1
const notADigit = 0xff
const hyphen = 0x2d

const alphabet16 = '0123456789abcdef'
const alphabet32 = '0123456789abcdefghjkmnpqrstvwxyz'
const decode16 = digitTable(alphabet16)
const decode32 = digitTable(alphabet32)
const encode32 = Uint8Array.from(alphabet32, (letter) => letter.charCodeAt(0))

/** Value of a digit by its character code; upper case is no digit here, so that an id has one spelling only. */
function digitTable(digits: string): Uint8Array {
  const table = new Uint8Array(256).fill(notADigit)
  for (let value = 0; value < digits.length; value++) table[digits.charCodeAt(value)] = value
  return table
}

/**
 * A generator of UUIDv7 (RFC 9562) as lower-case strings that rise strictly within the process: a 42-bit counter follows
 * the time (§6.2, method 1), and a clock that steps back by up to 10 s does not make the ids fall.
 * `clock` gives milliseconds since 1970; `fillRandom` fills the array with cryptographically strong random bits.
 */
export function createUuidGenerator(clock: () => number, fillRandom: (target: Uint32Array) => void): () => string {
  // Asking the system for randomness costs more than the rest of an id, so one call serves many ids.
  const pool = new Uint32Array(256)
  let used = pool.length
  const generator = new V7Generator({
    nextUint32() {
      if (used === pool.length) {
        fillRandom(pool)
        used = 0
      }
      return pool[used++] ?? 0
    },
  })
  return () => generator.generateOrResetWithTs(Math.floor(clock())).toString()
}

// One buffer for every call: the text is copied out before anything else can run.
const letters = Buffer.alloc(26)

/**
 * An id as it is shown: prefix, underscore, and the 128 bits in Crockford's base 32 (TypeID 0.3).
 * `uuid` is a lower-case UUID with hyphens; anything else throws a RangeError.
 */
export function toTypeId(prefix: IdPrefix, uuid: string): string {
  if (uuid.length !== 36) throw new RangeError('not a UUID')
  let pending = 0
  let bits = 2 // 26 letters hold 130 bits: two zeros come first
  let seen = 0
  let length = 0
  for (let index = 0; index < 36; index++) {
    const code = uuid.charCodeAt(index)
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (code !== hyphen) throw new RangeError('not a UUID')
      continue
    }
    const digit = decode16[code] ?? notADigit
    seen |= digit
    pending = ((pending << 4) | digit) & 0xfff
    bits += 4
    if (bits >= 5) {
      bits -= 5
      letters[length++] = encode32[(pending >> bits) & 31] ?? 0
    }
  }
  if (seen > 15) throw new RangeError('not a lower-case UUID')
  return `${prefix}_${letters.toString('latin1')}`
}

/** The UUID of a TypeID with this prefix; null for another prefix, upper case, a wrong length or more than 128 bits. */
export function fromTypeId(prefix: IdPrefix, text: string): string | null {
  const start = prefix.length + 1
  if (text.length !== start + 26 || !text.startsWith(prefix) || text[prefix.length] !== '_') return null
  let uuid = ''
  let digits = 0
  let pending = 0
  let bits = -2
  for (let index = start; index < text.length; index++) {
    const value = decode32[text.charCodeAt(index)] ?? notADigit
    if (value === notADigit) return null
    if (index === start && value > 7) return null
    pending = ((pending << 5) | value) & 0x1ff
    bits += 5
    while (bits >= 4) {
      bits -= 4
      if (digits === 8 || digits === 12 || digits === 16 || digits === 20) uuid += '-'
      uuid += alphabet16[(pending >> bits) & 15]
      digits++
    }
  }
  return uuid
}

/** Milliseconds since 1970 in the first 48 bits of a UUIDv7. */
export function timeOf(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8), 16) * 0x10000 + Number.parseInt(uuid.slice(9, 13), 16)
}

/**
 * The smallest UUID with this time, in whole milliseconds since 1970: a bound for partitions and for filters by time.
 * It is no valid UUIDv7, on purpose: every id of that millisecond is greater. RangeError outside 48 bits.
 */
export function uuidFloor(milliseconds: number): string {
  if (!Number.isInteger(milliseconds) || milliseconds < 0 || milliseconds > latestTime) {
    throw new RangeError('not a time in 48 bits of milliseconds')
  }
  const hex = milliseconds.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

const bothIds = Buffer.alloc(32)

/**
 * The id of the one delivery of an event to an endpoint, a function of their two ids, so that storing it twice is
 * harmless: the event's time (it lies in the partition of its event), then the first 80 bits of SHA-256 over the
 * 32 bytes of both ids, with the bits of version 7 and of the variant set as RFC 9562 wants them.
 */
export function deliveryId(eventUuid: string, endpointUuid: string): string {
  writeUuid(eventUuid, 0)
  writeUuid(endpointUuid, 16)
  const digest = hash('sha256', bothIds)
  const variant = alphabet16[8 | ((decode16[digest.charCodeAt(4)] ?? 0) & 3)]
  return `${eventUuid.slice(0, 13)}-7${digest.slice(1, 4)}-${variant}${digest.slice(5, 8)}-${digest.slice(8, 20)}`
}

function writeUuid(uuid: string, offset: number): void {
  const hex = uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24)
  // Node.js stops silently at the first character that is no hex digit; the rest would be the bytes of an older call.
  if (uuid.length !== 36 || bothIds.write(hex, offset, 16, 'hex') !== 16) throw new RangeError('not a UUID')
}

/**
 * Makes ids for attempts: the first ten bytes of the delivery's id, then six random ones. The attempts of a delivery lie
 * together, in its partition, and are found by a range of the primary key.
 */
export function createAttemptIds(fillRandom: (target: Buffer) => void): (deliveryUuid: string) => string {
  // Asking the system for randomness costs more than the rest of an id, so one call serves many ids.
  const pool = Buffer.alloc(6 * 256)
  let used = pool.length
  return (deliveryUuid) => {
    if (used === pool.length) {
      fillRandom(pool)
      used = 0
    }
    used += 6
    return deliveryUuid.slice(0, 24) + pool.toString('hex', used - 6, used)
  }
}
