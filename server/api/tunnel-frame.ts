import { type Static, type TSchema, Type } from 'typebox'
import { type AttemptError, keptBodyBytes } from '../domain/attempt.ts'
import type { TunnelAnswer } from '../pipeline/tunnel-connection.ts'
import { EndpointChange } from './endpoint-fields.ts'
import { plainText } from './field.ts'
import { choice } from './schema.ts'
import { createValidator } from './validation.ts'

/** The name of the WebSocket's protocol: another version has another name. */
export const tunnelProtocol = 'atlas-tunnel.v1'

const { types, filter, headers } = EndpointChange.properties

/** What a CLI says first. */
const Hello = Type.Object(
  {
    type: Type.Literal('hello'),
    client: Type.String({
      pattern: '^[A-Za-z0-9_-]{20,64}$',
      description: 'A random id that this machine keeps for this user. Tunnels with the same one share their secret.',
    }),
    name: Type.String({ minLength: 1, maxLength: 100, pattern: plainText, description: 'Such as ada@laptop.' }),
    forward_to: Type.String({ minLength: 1, maxLength: 2_048, description: 'Where the CLI sends the requests.' }),
    types,
    filter,
    headers,
    retry: Type.Optional(Type.Boolean({ description: 'Try again what has failed; without it nothing is.' })),
    latest: Type.Optional(Type.Boolean({ description: 'Send the newest event that there is, too.' })),
    resume: Type.Optional(Type.String({ description: 'The endpoint of the connection that was lost.' })),
    secret_only: Type.Optional(Type.Boolean({ description: 'Tell the secret, and open nothing.' })),
  },
  { additionalProperties: false },
)
export type Hello = Static<typeof Hello>

const number = Type.Integer({ minimum: 1 })

const Response = Type.Object(
  {
    type: Type.Literal('response'),
    id: number,
    status: Type.Integer({ minimum: 100, maximum: 999 }),
    headers: Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())])),
    body: Type.String(),
    truncated: Type.Boolean(),
  },
  { additionalProperties: false },
)

/** What can happen to a request on the machine that it is made on. */
const localErrors = [
  ...(['timeout', 'dns', 'refused', 'reset', 'tls', 'response_rejected', 'internal'] as const),
] satisfies AttemptError[]

const Failure = Type.Object(
  {
    type: Type.Literal('failure'),
    id: number,
    error: choice(localErrors),
    detail: Type.String({ maxLength: 500 }),
  },
  { additionalProperties: false },
)

const Retry = Type.Object({ type: Type.Literal('retry') }, { additionalProperties: false })

export type ClientFrame = Hello | Static<typeof Response> | Static<typeof Failure> | Static<typeof Retry>

const validators = new Map(
  Object.entries({ hello: Hello, response: Response, failure: Failure, retry: Retry } satisfies Record<
    string,
    TSchema
  >).map(([type, schema]) => [type, createValidator('body', schema)]),
)

/** Why a frame is not what the protocol says. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Reads a frame. Throws a FrameError for what is none, and a Problem that names its faults for what is a bad one. */
export function readFrame(text: string): ClientFrame {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new FrameError('a frame is not JSON')
  }
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  const validator = typeof type === 'string' ? validators.get(type) : undefined
  if (!validator) throw new FrameError('a frame has no known type')
  validator.check(value, text.length)
  return value as ClientFrame
}

const mostHeaderLength = 16 * 1024

/** What a frame says about a request, as the pipeline may keep it: as much as of any other endpoint. */
export function answerOf(frame: Static<typeof Response> | Static<typeof Failure>): TunnelAnswer {
  if (frame.type === 'failure') return { error: frame.error, detail: oneLine(frame.detail) }
  const lines = Object.entries(frame.headers).map(([name, value]) => {
    return [oneLine(name), typeof value === 'string' ? oneLine(value) : value.map(oneLine)] as const
  })
  const length = lines.flat(2).reduce((sum, text) => sum + text.length, 0)
  if (length > mostHeaderLength) return { error: 'response_rejected', detail: 'headers over 16 KiB' }
  const bytes = Buffer.from(storable(frame.body))
  const body = bytes.subarray(0, keptBodyBytes).toString()
  const truncated = frame.truncated || bytes.length > keptBodyBytes
  return { response: { status: frame.status, headers: Object.fromEntries(lines), body, truncated } }
}

/** Postgres stores neither U+0000 nor halves of surrogate pairs. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

function oneLine(text: string): string {
  return storable(text).replaceAll(/[\r\n]/g, ' ')
}
