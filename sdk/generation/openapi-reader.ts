import { methods } from './methods.ts'
import type { AnswerKind, Api, Method, Resource } from './model.ts'
import { type Schema, SchemaReader } from './schema-reader.ts'
import { pascalCase } from './words.ts'

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly schema: Schema
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>

interface Operation {
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

export interface OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** The API as resources with methods. Throws for a route that has no name in `methods.ts`, and for a name without one. */
export function readOpenapi({ paths, components }: OpenapiDocument): Api {
  const operations = Object.entries(paths)
    .flatMap(([path, byMethod]) =>
      Object.entries(byMethod).map(([http, operation]) => ({ http: http.toUpperCase(), path, operation })),
    )
    // A WebSocket, which is the command line's.
    .filter(({ operation }) => !('101' in operation.responses))
  requireNames(operations.map(({ http, path }) => `${http} ${path}`))
  const { schemas } = components
  const bodies = operations.flatMap(({ operation }) => contentOf(operation.requestBody?.content)?.schema ?? [])
  const sent = reachable(bodies, schemas)
  const reader = new SchemaReader()
  for (const [name, schema] of Object.entries(schemas)) reader.addType(name, schema, sent.has(name))
  const resources = new Map<string, Method[]>()
  for (const { http, path, operation } of operations) {
    const [resource = '', name = ''] = (methods[`${http} ${path}`] ?? '').split('.')
    const method = readMethod(reader, resource, name, { http, path, operation })
    resources.set(resource, [...(resources.get(resource) ?? []), method])
  }
  return {
    types: [...reader.types.values()],
    resources: [...resources].map(([name, methods]): Resource => ({ name, methods })),
  }
}

function requireNames(routes: readonly string[]): void {
  const nameless = routes.filter((route) => methods[route] === undefined)
  if (nameless.length > 0) throw new Error(`add to sdk/generation/methods.ts: ${nameless.join(', ')}`)
  const gone = Object.keys(methods).filter((route) => !routes.includes(route))
  if (gone.length > 0)
    throw new Error(`remove from sdk/generation/methods.ts, there is no such route: ${gone.join(', ')}`)
}

/** The names of the schemas that are referred to from these, directly or not. */
function reachable(from: readonly Schema[], schemas: Readonly<Record<string, Schema>>): Set<string> {
  const found = new Set<string>()
  const visit = (schema: unknown) => {
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found.has(name)) continue
      found.add(name)
      visit(schemas[name])
    }
  }
  for (const schema of from) visit(schema)
  return found
}

function readMethod(
  reader: SchemaReader,
  resource: string,
  name: string,
  { http, path, operation }: { http: string; path: string; operation: Operation },
): Method {
  const { summary, description = null, parameters = [], requestBody } = operation
  const typeName = pascalCase(resource) + pascalCase(name)
  const ids = parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name)
  const queryParameters = parameters.filter((parameter) => parameter.in === 'query')
  const body = requestBody && reader.shape(contentOf(requestBody.content)?.schema ?? {}, `${typeName}Body`, true)
  if (body && body.kind !== 'named') throw new Error(`${http} ${path}: the body must be an object with fields`)
  return {
    ...{ name, http, path, summary, description },
    ids: ids.filter((id) => id !== 'workspace' || resource === 'workspaces'),
    query: queryParameters.length === 0 ? null : readQuery(reader, `${typeName}Query`, queryParameters),
    body: body ? { type: body.name, required: requestBody?.required ?? true } : null,
    idempotencyKey: parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'Idempotency-Key'),
    answer: readAnswer(reader, typeName, operation),
  }
}

function readQuery(reader: SchemaReader, type: string, parameters: readonly Parameter[]): Method['query'] {
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name)
  const properties = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]))
  reader.addType(type, { type: 'object', properties, required }, true)
  return { type, required: required.length > 0 }
}

function readAnswer(reader: SchemaReader, typeName: string, { responses }: Operation): AnswerKind {
  const [success] = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  const [[mediaType, { schema = {} }] = ['', {}]] = Object.entries(success?.[1].content ?? {})
  if (mediaType === '') return { kind: 'nothing' }
  if (mediaType === 'application/x-ndjson') return { kind: 'lines' }
  if (!mediaType.endsWith('json')) return { kind: 'text' }
  const { data, next_cursor } = schema.properties ?? {}
  if (data?.items && next_cursor) return { kind: 'page', item: reader.shape(data.items, `${typeName}Item`, false) }
  return { kind: 'json', shape: reader.shape(schema, `${typeName}Answer`, false) }
}

function contentOf(content: Content | undefined): { readonly schema?: Schema } | undefined {
  return content?.['application/json']
}
