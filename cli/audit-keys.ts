import { createPublicKey } from 'node:crypto'
import { Atlas, AtlasError } from '@atlas-webhooks/sdk'
import type { PublicJwk } from '../server/domain/audit-checkpoint.ts'
import { parseJson, readText } from './json-file.ts'
import { loginPath, readLogin } from './login-file.ts'
import { chooseServer, type Flags } from './settings.ts'
import { Failure, UsageError } from './usage-error.ts'

/** The keys in a file, or those of the server: without any, nothing that is signed could be told from what is not. */
export async function requireKeys(file: string | undefined, flags: Flags): Promise<readonly PublicJwk[]> {
  if (file !== undefined) return await readKeys(file)
  const server = chooseServer(flags, process.env, await readLogin(loginPath()))
  // They are public, but the client has no other way to be made.
  const atlas = new Atlas({ server, key: 'none', retries: 0 })
  try {
    return (await atlas.auditLogs.publicKeys()).keys
  } catch (error) {
    if (!(error instanceof AtlasError)) throw error
    throw new Failure(`without --keys the server is asked for its public keys, and ${error.message}`)
  }
}

/** A JSON Web Key Set with the public keys of a server, as `/.well-known/atlas-audit-keys` shows it. */
export async function readKeys(file: string): Promise<readonly PublicJwk[]> {
  const { keys } = (parseJson(await readText(file), file) ?? {}) as { keys?: readonly PublicJwk[] }
  const isUsable = Array.isArray(keys) && keys.length > 0 && keys.every(isPublicKey)
  if (!isUsable) throw new UsageError(`${file}: this is no set of public keys, {"keys": [{"kty": "OKP", …}]}`)
  return keys
}

function isPublicKey(jwk: PublicJwk): boolean {
  try {
    createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' })
    return typeof jwk.kid === 'string'
  } catch {
    return false
  }
}
