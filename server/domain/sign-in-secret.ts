import { hash, hkdfSync } from 'node:crypto'

/** What cookies are signed and second factors encrypted with. */
export interface SignInSecret {
  /** Stays with its value, whatever other keys there are. */
  readonly version: number
  readonly value: string
}

/**
 * One secret for each master key, the newest first: nodes that share the master key share these.
 *
 * @param masterKeys as in ATLAS_MASTER_KEY: separated by commas
 */
export function signInSecrets(masterKeys: string): SignInSecret[] {
  return masterKeys.split(',').map((key) => {
    const value = Buffer.from(hkdfSync('sha256', key.trim(), '', 'atlas sign-in', 32)).toString('base64url')
    return { version: hash('sha256', value, 'buffer').readUInt32BE(0), value }
  })
}
