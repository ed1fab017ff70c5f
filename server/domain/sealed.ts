import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'

/** What ATLAS_MASTER_KEY lacks, in words for the operator; it never contains any part of a key. */
export class MasterKeyError extends Error {
  override name = 'MasterKeyError'
}

/**
 * Why a sealed value does not open. `unknown_master_key`: it was sealed with a key that the keyring lacks (an operator
 * dropped one too early). `tampered`: it, or what it is bound to, is not what was sealed. `unknown_format`: it is no
 * sealed value, or one of a newer version.
 */
export class SealedError extends Error {
  override name = 'SealedError'
  readonly reason: 'unknown_master_key' | 'tampered' | 'unknown_format'

  constructor(reason: SealedError['reason']) {
    super(`a sealed value does not open: ${reason}`)
    this.reason = reason
  }
}

interface MasterKey {
  readonly id: Buffer
  readonly key: Buffer
}

/** Master keys: the first seals, all of them open. */
export interface Keyring {
  readonly first: MasterKey
  readonly all: readonly MasterKey[]
}

// version (1) | master key id (8) | sealed data key: nonce (12), 32 bytes, tag (16) | sealed text: nonce (12), text, tag (16)
const version = 1
const idLength = 8
const nonceLength = 12
const tagLength = 16
const keyLength = 32
const headerLength = 1 + idLength
const wrappedLength = nonceLength + keyLength + tagLength
const cipher = 'aes-256-gcm'

/**
 * The keyring of ATLAS_MASTER_KEY: keys of at least 32 random bytes each, in hexadecimal or base64, comma-separated.
 * To rotate, the operator puts a new key in front and keeps the old one. Throws a MasterKeyError.
 */
export function createKeyring(masterKeysText: string): Keyring {
  const all = masterKeysText.split(',').map((text, index) => masterKey(text.trim(), index + 1))
  const [first] = all
  if (first === undefined) throw new MasterKeyError('there is no master key')
  return { first, all }
}

function masterKey(text: string, position: number): MasterKey {
  const bytes = decodeKey(text)
  if (text === '') throw new MasterKeyError(`master key ${position} is empty`)
  if (bytes === null) throw new MasterKeyError(`master key ${position} is neither hexadecimal nor base64`)
  if (bytes.length < keyLength) {
    throw new MasterKeyError(`master key ${position} has ${bytes.length} bytes, it needs ${keyLength} or more`)
  }
  // Of 32 random bytes about 30 differ; fewer than 16 is a placeholder that someone typed.
  if (new Set(bytes).size < keyLength / 2) throw new MasterKeyError(`master key ${position} is not random`)
  // The id is stored in the clear beside each value, so the key that encrypts is derived apart from it.
  return {
    id: createHash('sha256').update(bytes).digest().subarray(0, idLength),
    key: Buffer.from(hkdfSync('sha256', bytes, '', 'atlas-webhooks sealed values', keyLength)),
  }
}

/** Strict, since Node.js would silently drop the end of a key with a typing error in it. */
function decodeKey(text: string): Buffer | null {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, 'hex')
  const bytes = Buffer.from(text, 'base64')
  const bare = text.replace(/={1,2}$/, '')
  const same = bare === bytes.toString('base64').replace(/=+$/, '') || bare === bytes.toString('base64url')
  return same ? bytes : null
}

/**
 * Encrypts a text for storage: AES-256-GCM under a data key of its own, which the first master key encrypts in turn.
 * `additionalData` is what the value belongs to (an endpoint's id): moved to another row, it does not open.
 * `random` gives that many cryptographically strong bytes. The result describes itself: version, master key, nonces.
 */
export function seal(
  plaintext: string,
  additionalData: string,
  keyring: Keyring,
  random: (size: number) => Uint8Array,
): Buffer {
  const header = Buffer.concat([Buffer.of(version), keyring.first.id])
  const dataKey = random(keyLength)
  const bound = Buffer.concat([header, Buffer.from(additionalData)])
  return Buffer.concat([
    header,
    encrypt(dataKey, keyring.first.key, random(nonceLength), bound),
    encrypt(Buffer.from(plaintext), dataKey, random(nonceLength), bound),
  ])
}

/** The text that `seal` took, with the same additional data and any keyring that holds its master key; or a SealedError. */
export function open(sealed: Buffer, additionalData: string, keyring: Keyring): string {
  const shortest = headerLength + wrappedLength + nonceLength + tagLength
  if (sealed.length < shortest || sealed[0] !== version) throw new SealedError('unknown_format')
  const header = sealed.subarray(0, headerLength)
  const master = keyring.all.find((candidate) => candidate.id.equals(header.subarray(1)))
  if (master === undefined) throw new SealedError('unknown_master_key')
  const bound = Buffer.concat([header, Buffer.from(additionalData)])
  const dataKey = decrypt(sealed.subarray(headerLength, headerLength + wrappedLength), master.key, bound)
  return decrypt(sealed.subarray(headerLength + wrappedLength), dataKey, bound).toString('utf8')
}

function encrypt(bytes: Uint8Array, key: Uint8Array, nonce: Uint8Array, bound: Buffer): Buffer {
  const encryption = createCipheriv(cipher, key, nonce, { authTagLength: tagLength }).setAAD(bound)
  return Buffer.concat([nonce, encryption.update(bytes), encryption.final(), encryption.getAuthTag()])
}

function decrypt(sealed: Buffer, key: Buffer, bound: Buffer): Buffer {
  const decryption = createDecipheriv(cipher, key, sealed.subarray(0, nonceLength), { authTagLength: tagLength })
  decryption.setAAD(bound).setAuthTag(sealed.subarray(-tagLength))
  const text = decryption.update(sealed.subarray(nonceLength, -tagLength))
  try {
    return Buffer.concat([text, decryption.final()])
  } catch {
    throw new SealedError('tampered')
  }
}
