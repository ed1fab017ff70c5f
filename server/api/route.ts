import type { Static, TSchema } from 'typebox'
import type { WebSocket } from 'ws'
import type { Role } from '../domain/role.ts'
import type { WorkspaceConfiguration } from '../pipeline/configuration.ts'
import type { Caller, Scope } from './access.ts'

/** The names in braces of a path. */
export type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamsOf<Rest>
  : never

/** A request that was admitted, read and validated. */
export interface Call<Path extends string, Query extends TSchema, Body extends TSchema> {
  readonly caller: Caller
  readonly workspace: 'workspace' extends ParamsOf<Path> ? WorkspaceConfiguration : null
  readonly params: Readonly<Record<ParamsOf<Path>, string>>
  readonly query: Static<Query>
  readonly body: Static<Body>
  /** The body's bytes and text as they came; empty without one. */
  readonly raw: Buffer
  readonly text: string
  /** A request header by its lower-case name. */
  readonly header: (name: string) => string | undefined
  /** The address that the request came from: that of a proxy where there is one. */
  readonly ip: string
}

/** A request for a WebSocket that was admitted. */
export interface Connecting {
  readonly caller: Caller
  readonly workspace: WorkspaceConfiguration
  readonly ip: string
  readonly header: (name: string) => string | undefined
  /** Whether the same request would be admitted now: keys expire and are revoked while a socket is open. */
  stillAdmitted(): Promise<boolean>
  /** Answers 101; null: the request was not right, and that is answered. */
  upgrade(): WebSocket | null
}

export interface Answer {
  readonly status: number
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, instead of a body; JSON unless a media type says otherwise. */
  readonly text?: string
  /** Sent piece by piece, as fast as it is taken. */
  readonly stream?: AsyncIterable<string>
  readonly mediaType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RouteOf<Path extends string, Query extends TSchema, Body extends TSchema> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** With placeholders in braces. One that is called `workspace` is resolved before the handler runs. */
  readonly path: Path
  readonly scope: Scope
  /** Open to sessions of the customer portal too. */
  readonly portal?: true
  /** What a member has to be, where their scope is not enough. Keys need the scope only. */
  readonly role?: Role
  /** The group in the documentation. */
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly query?: Query
  /** A route that accepts `{}` may be called without a body. */
  readonly body?: Body
  /** A repetition with the same Idempotency-Key gives the first answer, so that it is safe to send again. */
  readonly idempotencyKey?: true
  /** Bytes; without it the limit for ordinary bodies. */
  readonly bodyLimit?: number
  /** Successes only; failures are the same everywhere. */
  readonly responses: Readonly<
    Record<number, { readonly description: string; readonly schema?: TSchema; readonly mediaType?: string }>
  >
  handle(call: Call<Path, Query, Body>): Promise<Answer>
  /** For a route that is a WebSocket: what is done with a request for one. `handle` answers all others. */
  connect?(call: Connecting): Promise<void>
}

/** An entry of the route table. */
export type Route = RouteOf<string, TSchema, TSchema>

/** Declares a route: the types of what its handler gets follow from the path and the schemas. */
export function defineRoute<const Path extends string, Query extends TSchema = TSchema, Body extends TSchema = TSchema>(
  route: RouteOf<Path, Query, Body>,
): Route {
  return route as unknown as Route
}

export function ok(body: unknown): Answer {
  return { status: 200, body }
}

export function created(body: unknown): Answer {
  return { status: 201, body }
}

export function noContent(): Answer {
  return { status: 204 }
}
