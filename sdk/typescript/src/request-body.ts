/** What is used of a request of Node.js: that of `node:http`, Express, or a route of Next.js under `pages/`. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly readableDidRead?: boolean
  /** What a parser before us has left. */
  readonly body?: unknown
  readonly rawBody?: unknown
}

/** The body has more bytes than a delivery has. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

const alreadyRead =
  'the body was parsed before it could be verified: put this ahead of what parses it, such as express.json()'

/** The body of a request as it came, of at most so many bytes. */
export async function readFetchBody(request: Request, limit: number): Promise<Uint8Array> {
  if (request.bodyUsed) throw new TypeError(alreadyRead)
  refuseAnnounced(request.headers.get('content-length'), limit)
  return await collect(request.body ? chunksOf(request.body) : [], limit)
}

// Browsers cannot iterate over a stream themselves.
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    // Without effect on one that has ended.
    await reader.cancel()
  }
}

export async function readNodeBody(request: NodeRequest, limit: number): Promise<Uint8Array | string> {
  const { body, rawBody } = request
  for (const given of [rawBody, body]) if (typeof given === 'string' || given instanceof Uint8Array) return given
  if (request.readableDidRead) throw new TypeError(alreadyRead)
  refuseAnnounced(request.headers['content-length'], limit)
  return await collect(request, limit)
}

function refuseAnnounced(length: string | string[] | null | undefined, limit: number): void {
  if (Number(length ?? 0) > limit) throw new BodyTooLargeError(`the body has more than ${limit} bytes`)
}

async function collect(chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[], limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > limit) throw new BodyTooLargeError(`the body has more than ${limit} bytes`)
    parts.push(chunk)
  }
  const body = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    body.set(part, at)
    at += part.length
  }
  return body
}
