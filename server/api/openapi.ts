import { type TSchema, Type } from 'typebox'
import { apiVersion } from '../domain/event.ts'
import { catalogue, type ProblemCode } from '../errors.ts'
import type { CallerScope } from './access.ts'
import { problemMediaType } from './failure.ts'
import { NamedSchemas } from './named-schemas.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { ProblemDetails } from './schema.ts'

type Json = Record<string, unknown>

/**
 * Built once, from the table that is served: what it says and what happens cannot drift apart. The URL is known only
 * when the node listens.
 */
export function openapiRoute(routes: readonly Route[], version: string, publicUrl: () => string): Route {
  let document: Json | null = null
  return defineRoute({
    method: 'GET',
    path: '/openapi.json',
    scope: 'public',
    tag: 'Operation',
    summary: 'This description',
    responses: { 200: { description: 'OpenAPI 3.1.', schema: Type.Object({}) } },
    async handle() {
      document ??= openapiDocument(routes, version, publicUrl())
      return ok(document)
    },
  })
}

/** OpenAPI 3.1 of the routes, and of the requests that we send (`webhooks`). */
export function openapiDocument(routes: readonly Route[], version: string, publicUrl: string): Json {
  const schemas = new NamedSchemas()
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = paths[route.path] ?? {}
    paths[route.path] = path
    path[route.method.toLowerCase()] = operation(route, schemas)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Atlas Webhooks',
      version,
      description: 'Publishes events and delivers each one, signed, to every endpoint that wants it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    webhooks: { event: { post: sentEvent(schemas) } },
    components: {
      schemas: schemas.all,
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'The operator key, or a key of the workspace.' },
      },
    },
  }
}

function operation(route: Route, schemas: NamedSchemas): Json {
  const { tag, summary, query, body } = route
  const description = [route.description, accessSentence(route)].filter((part) => part !== undefined).join('\n\n')
  const parameters = [
    ...pathParameters(route.path),
    ...(query ? queryParameters(query, schemas) : []),
    ...idempotencyParameter(route),
  ]
  return {
    operationId: operationId(route),
    tags: [tag],
    summary,
    ...(description !== '' && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: requiresBody(body), content: { 'application/json': { schema: schemas.refer(body) } } },
    }),
    responses: { ...successes(route, schemas), ...failures(route, schemas) },
    security: route.scope === 'public' ? [] : [{ key: [] }],
  }
}

/** Such as `post_workspaces_events_batch`. */
function operationId({ method, path }: Route): string {
  const words = path
    .replace('/v1/', '/')
    .split('/')
    .filter((part) => part !== '')
  const names = words.map((word) => word.replace(/^\{(\w+)\}$/, 'by_$1').replaceAll(/\W/g, '_'))
  return [method.toLowerCase(), ...names].join('_')
}

/** Who may ask for it; undefined: everybody. */
export function accessSentence({ scope, portal }: Pick<Route, 'scope' | 'portal'>): string | undefined {
  if (scope === 'public') return undefined
  const needed = neededScope(scope)
  return portal ? `${needed} Open to the customer portal.` : needed
}

function neededScope(scope: CallerScope): string {
  if (scope === 'operator') return 'Needs the operator key.'
  if (scope === 'any') return 'Needs any key.'
  return `Needs the scope \`${scope}\`${scope === 'read' ? ' or `manage`' : ''}.`
}

const parameterDescriptions: Readonly<Record<string, string>> = {
  workspace: 'The id or the slug of the workspace.',
  name: 'The name of the event type.',
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: parameterDescriptions[name] ?? `The id of the ${name}.`,
    schema: { type: 'string' },
  }))
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>
  readonly required?: readonly string[]
}

function queryParameters(query: TSchema, schemas: NamedSchemas): Json[] {
  const { properties = {}, required = [] } = query as ObjectSchema
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(schema.description !== undefined && { description: schema.description }),
    schema: schemas.refer(schema),
  }))
}

function idempotencyParameter({ idempotencyKey }: Route): Json[] {
  if (!idempotencyKey) return []
  const description =
    'Makes the request safe to send again: 1 to 255 printable ASCII characters, remembered for 24 hours.'
  return [{ name: 'Idempotency-Key', in: 'header', required: false, description, schema: { type: 'string' } }]
}

function requiresBody(body: TSchema): boolean {
  const { required = [] } = body as ObjectSchema
  return required.length > 0
}

function successes(route: Route, schemas: NamedSchemas): Json {
  const entries = Object.entries(route.responses).map(([status, { description, schema, mediaType }]) => {
    const content = schema ? schemas.refer(schema) : mediaType === undefined ? undefined : { type: 'string' }
    return [
      status,
      { description, ...(content && { content: { [mediaType ?? 'application/json']: { schema: content } } }) },
    ]
  })
  return Object.fromEntries(entries)
}

/** Which failures a route can have follows from what it takes. */
function failures({ path, scope, body, query }: Route, schemas: NamedSchemas): Json {
  const codes: ProblemCode[] = ['internal', 'shutting_down']
  if (scope !== 'public') codes.push('unauthorized', 'forbidden', 'too_many_requests')
  if (path.includes('{')) codes.push('not_found', 'conflict')
  if (body) codes.push('malformed_json', 'payload_too_large', 'unsupported_media_type')
  if (body || query) codes.push('validation_failed')
  const answers = codes.map((code) => {
    const { status, title } = catalogue[code]
    return [
      String(status),
      { description: title, content: { [problemMediaType]: { schema: schemas.refer(ProblemDetails) } } },
    ] as const
  })
  return Object.fromEntries(answers)
}

const headers: readonly (readonly [string, string, string])[] = [
  ['Atlas-Event', 'The type of the event.', 'deal.created'],
  ['Atlas-Delivery', "The event's id: what to deduplicate on.", 'evt_01htrkd4qpe3zb4y1mkfa5v5p8'],
  ['Atlas-Attempt', 'Counts the attempts of this delivery from 1.', '1'],
  ['Atlas-Sequence', 'Rises by one per endpoint, with no gap.', '42'],
  [
    'Atlas-Signature',
    'HMAC-SHA256, keyed with the whole secret, of the time, a dot and the body.',
    't=1712345678,v1=<hex>',
  ],
  ['webhook-id', 'The id again, for Standard Webhooks.', 'evt_01htrkd4qpe3zb4y1mkfa5v5p8'],
  ['webhook-timestamp', 'Unix seconds of this attempt.', '1712345678'],
  [
    'webhook-signature',
    'HMAC-SHA256, keyed with the decoded secret, of id, time and body, joined by dots.',
    'v1,<base64>',
  ],
]

export const SentEvent = Type.Object(
  {
    id: Type.String({ examples: ['evt_01htrkd4qpe3zb4y1mkfa5v5p8'] }),
    type: Type.String({ examples: ['deal.created'] }),
    created: Type.Integer({ description: 'Unix seconds.', examples: [1712345678] }),
    api_version: Type.String({ examples: [apiVersion] }),
    sequence: Type.Integer({ examples: [42] }),
    data: Type.Unknown({ description: 'As it was published, digit for digit.' }),
  },
  { title: 'SentEvent' },
)

function sentEvent(schemas: NamedSchemas): Json {
  return {
    operationId: 'receive_event',
    tags: ['What we send'],
    summary: 'An event, on its way to an endpoint',
    description:
      'The body is the same on every attempt; time and signatures are new. Any 2xx within the timeout is a success, everything else is tried again by the schedule of the endpoint.',
    parameters: headers.map(([name, description, example]) => ({
      ...{ name, in: 'header', required: true, description, example },
      schema: { type: 'string' },
    })),
    requestBody: { required: true, content: { 'application/json': { schema: schemas.refer(SentEvent) } } },
    responses: { '2XX': { description: 'Delivered.' } },
    security: [],
  }
}
