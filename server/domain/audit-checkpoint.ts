import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { chainName } from './audit-chain.ts'
import { canonicalJson } from './canonical-json.ts'

/** Where a chain was at a time, signed: whoever has the public key needs to trust nothing else. */
export interface Checkpoint {
  readonly workspaceId: string
  readonly sequence: number
  /** Of the entry with this sequence, in hexadecimal. */
  readonly hash: string
  readonly signedAt: Date
  /** Which key signed, see `keyId` of `PublicJwk`. */
  readonly keyId: string
  /** Ed25519 (RFC 8032), in base64url. */
  readonly signature: string
}

/** A checkpoint as it is shown and exported. The signature is over the canonical form of all other fields. */
export interface CheckpointRecord {
  readonly v: number
  readonly workspace: string
  readonly sequence: number
  readonly hash: string
  readonly signed_at: string
  readonly key_id: string
  readonly signature: string
}

/** A public key as a JSON Web Key (RFC 8037). */
export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  /** The thumbprint of the key, RFC 7638. */
  readonly kid: string
  readonly use: 'sig'
  readonly alg: 'EdDSA'
}

/** Keys that sign checkpoints: the first one signs, all of them are published. */
export interface AuditSigner {
  readonly publicKeys: readonly PublicJwk[]
  sign(checkpoint: Omit<Checkpoint, 'keyId' | 'signature'>): Checkpoint
}

/** What ATLAS_AUDIT_SIGNING_KEY lacks, in words for the operator; it never contains any part of a key. */
export class SigningKeyError extends Error {
  override name = 'SigningKeyError'
}

const formVersion = 1
const seedLength = 32
// PrivateKeyInfo of an Ed25519 key (RFC 8410) up to its seed: Node.js takes no bare seeds.
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * The signer of ATLAS_AUDIT_SIGNING_KEY: seeds of exactly 32 random bytes each, in hexadecimal or base64,
 * comma-separated. Throws a SigningKeyError.
 */
export function createAuditSigner(keysText: string): AuditSigner {
  const keys = keysText.split(',').map((text, index) => {
    const seed = decodeSeed(text.trim())
    if (seed === null) throw new SigningKeyError(`key ${index + 1} must be 32 bytes in hexadecimal or base64`)
    const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' })
    return { key, publicKey: publicJwk(key) }
  })
  const [first] = keys
  if (first === undefined) throw new SigningKeyError('there is no signing key')
  return {
    publicKeys: keys.map(({ publicKey }) => publicKey),
    sign(checkpoint) {
      const unsigned = { ...checkpoint, keyId: first.publicKey.kid, signature: '' }
      const signature = sign(null, signedBytes(checkpointRecord(unsigned)), first.key).toString('base64url')
      return { ...unsigned, signature }
    },
  }
}

export function checkpointRecord(checkpoint: Checkpoint): CheckpointRecord {
  return {
    v: formVersion,
    workspace: chainName(checkpoint.workspaceId),
    sequence: checkpoint.sequence,
    hash: checkpoint.hash,
    signed_at: checkpoint.signedAt.toISOString(),
    key_id: checkpoint.keyId,
    signature: checkpoint.signature,
  }
}

/** Whether one of the keys signed this checkpoint as it is. */
export function isGenuine(record: CheckpointRecord, keys: readonly PublicJwk[]): boolean {
  const jwk = keys.find(({ kid }) => kid === record.key_id)
  if (jwk === undefined) return false
  const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' })
  return verify(null, signedBytes(record), key, Buffer.from(record.signature, 'base64url'))
}

/** Named for what it is, so that the signature means nothing anywhere else. */
function signedBytes({ signature: _signature, ...fields }: CheckpointRecord): Buffer {
  return Buffer.from(`atlas-audit-checkpoint\n${canonicalJson(fields)}`)
}

function publicJwk(privateKey: KeyObject): PublicJwk {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  const kid = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')
  return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' }
}

function decodeSeed(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null
  const seed = Buffer.from(text, 'base64')
  return seed.length === seedLength ? seed : null
}
