import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Endpoint } from '../domain/endpoint.ts'
import { type BatchOptions, switchOption } from './batch-option.ts'

const compress = promisify(gzip)

/** What every format can do with the body that it has composed, beside the options of its own. */
export const compressionOptions: BatchOptions = {
  gzip: switchOption('compresses the body; limits are of the body before', false),
}

/** The header that tells of it; none without. */
export function encodingHeader({ gzip }: Endpoint['options']): Record<string, string> {
  return gzip === true ? { 'Content-Encoding': 'gzip' } : {}
}

/** The bytes that are sent, and signed, for a body. Of 10 MB it takes a while, but not of this thread. */
export async function encode({ gzip }: Endpoint['options'], body: Buffer): Promise<Buffer> {
  return gzip === true ? await compress(body) : body
}
