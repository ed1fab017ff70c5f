/** What the clients are printed from, whatever the language. */

export type Shape =
  | { readonly kind: 'text' | 'time' | 'integer' | 'number' | 'flag' | 'any' }
  /** An object of whatever members: data of the product, to be passed on as it is. */
  | { readonly kind: 'object' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'list' | 'map' | 'nullable'; readonly of: Shape }
  | { readonly kind: 'named'; readonly name: string }

export interface Field {
  /** As in JSON. */
  readonly name: string
  readonly shape: Shape
  readonly required: boolean
  readonly description: string | null
}

export interface ObjectType {
  readonly name: string
  readonly description: string | null
  /** The type whose fields it has too. */
  readonly base: string | null
  readonly fields: readonly Field[]
  /** Whether people fill it in; else it is what the server answers with. */
  readonly sent: boolean
}

export type AnswerKind =
  | { readonly kind: 'json'; readonly shape: Shape }
  | { readonly kind: 'page'; readonly item: Shape }
  /** JSON lines, one after the other. */
  | { readonly kind: 'lines' }
  | { readonly kind: 'text' }
  | { readonly kind: 'nothing' }

/** A route as a method of a client. */
export interface Method {
  readonly name: string
  readonly http: string
  readonly path: string
  /** The names in the path that are given with each call: all but the workspace, unless the resource is that. */
  readonly ids: readonly string[]
  readonly query: { readonly type: string; readonly required: boolean } | null
  readonly body: { readonly type: string; readonly required: boolean } | null
  readonly idempotencyKey: boolean
  readonly answer: AnswerKind
  readonly summary: string
  readonly description: string | null
}

export interface Resource {
  readonly name: string
  readonly methods: readonly Method[]
}

export interface Api {
  readonly types: readonly ObjectType[]
  readonly resources: readonly Resource[]
}
