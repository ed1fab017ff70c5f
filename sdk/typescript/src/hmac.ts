const encoder = new TextEncoder()

/** The bytes of the secret that are the key: the whole text, or what its base64 stands for. */
export function keyOf(secret: string, form: 'text' | 'bytes'): Uint8Array<ArrayBuffer> {
  const encoded = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(secret)?.[1]
  // Without the secret: errors end up in logs.
  if (!encoded) throw new TypeError('a secret is whsec_ and base64, as it was shown when the endpoint was created')
  return form === 'text'
    ? encoder.encode(secret)
    : Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
}

/** The secrets as a list; TypeError when one of them is none, or when there is none. */
export function secretList(secrets: string | readonly string[] | undefined): readonly string[] {
  const list = [secrets ?? []].flat()
  if (list.length === 0 || list[0] === '') throw new TypeError('verifying needs the secret of the endpoint')
  for (const secret of list) keyOf(secret, 'text')
  return list
}

/** HMAC-SHA256. */
export async function hmac(key: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message))
}

export function encode(bytes: Uint8Array, encoding: 'hex' | 'base64'): string {
  if (encoding === 'base64') return btoa(String.fromCharCode(...bytes))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether two texts are the same, in a time that tells nothing about where they differ. */
export function isSame(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index)
  return difference === 0
}
