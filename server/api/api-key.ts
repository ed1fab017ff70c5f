import { hash } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { type ApiKey, grants, keyScopes, keyText, workspaceKeyPrefix } from '../domain/api-key.ts'
import { fromTypeId, idPrefix, toTypeId } from '../domain/identifier.ts'
import { Problem } from '../errors.ts'
import { deleteKey, insertKey, listKeys } from '../storage/api-key.ts'
import type { Caller } from './access.ts'
import { administer, changeConfiguration } from './administration.ts'
import { pageOf, pageQuery, readPage, writePage } from './page.ts'
import { created, defineRoute, noContent, ok, type Route } from './route.ts'
import { choice, nullable, Time } from './schema.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const Name = Type.String({ minLength: 1, maxLength: 200 })
const Scopes = Type.Array(choice(keyScopes), {
  minItems: 1,
  uniqueItems: true,
  description: 'publish: publish events. read: see everything. manage: change everything, and read.',
})

const keyFields = {
  id: Type.String({ examples: ['key_01h455vb4pex5vsknk084sn02q'] }),
  name: Name,
  scopes: Scopes,
  expires_at: nullable(Time),
  created_at: Time,
}
const KeyAnswer = Type.Object(keyFields, { title: 'ApiKey' })
const NewKeyAnswer = Type.Object(
  {
    ...keyFields,
    key: Type.String({ description: 'The key itself. It is shown here and never again.' }),
  },
  { title: 'NewApiKey' },
)

function show(key: ApiKey): Static<typeof KeyAnswer> {
  return {
    id: toTypeId(idPrefix.key, key.id),
    name: key.name,
    scopes: [...key.scopes],
    expires_at: key.expiresAt?.toISOString() ?? null,
    created_at: key.createdAt.toISOString(),
  }
}

function keyTarget({ id, name }: ApiKey) {
  return { type: 'api_key', id: toTypeId(idPrefix.key, id), name }
}

/** Nobody gives away more than they have. */
function requireOwnScopes(caller: Caller, wanted: ApiKey['scopes']): void {
  if (caller.kind !== 'key') return
  const missing = wanted.filter((scope) => !grants(caller.key.scopes, scope))
  if (missing.length === 0) return
  throw new Problem('forbidden', `This API key lacks the scope "${missing[0]}", so it cannot give it to another key.`)
}

// Requests are limited per key, so that keys without a limit would be requests without one.
const mostKeys = 100
const tag = 'Keys'

export function apiKeyRoutes(services: Services): Route[] {
  const { database } = services
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/keys',
      scope: 'manage',
      role: 'admin',
      tag,
      summary: 'Create an API key',
      description: 'A key may create keys with scopes that it has itself.',
      body: Type.Object(
        { name: Name, scopes: Scopes, expires_at: Type.Optional(nullable(Time)) },
        {
          title: 'ApiKeyToCreate',
          additionalProperties: false,
          examples: [{ name: 'Publisher', scopes: ['publish'] }],
        },
      ),
      responses: { 201: { description: 'The key, with its text.', schema: NewKeyAnswer } },
      async handle(call) {
        const { body, caller, workspace } = call
        requireOwnScopes(caller, body.scopes)
        const now = services.now()
        const expiresAt = body.expires_at ? new Date(body.expires_at) : null
        // The format allows leap seconds, which are no time here.
        if (expiresAt !== null && !(expiresAt > now)) {
          throw invalid([{ path: 'expires_at', message: 'must be in the future, and no leap second' }])
        }
        const workspaceId = workspace.workspace.id
        const { name, scopes } = body
        const key: ApiKey = { id: services.newId(), workspaceId, name, scopes, expiresAt, createdAt: now }
        const text = keyText(workspaceKeyPrefix, services.randomBytes(32))
        // Nobody can hold a cached answer for a key that was random a moment ago, so the configuration stays as it is.
        await administer(services, call, workspaceId, async (transaction, note) => {
          if (!(await insertKey(transaction, key, hash('sha256', text, 'buffer'), mostKeys))) {
            throw new Problem('conflict', `A workspace may have ${mostKeys} keys. Revoke those that are not used.`)
          }
          note({
            action: 'api_key.created',
            target: keyTarget(key),
            description: 'An API key was created.',
            metadata: { scopes, expires_at: expiresAt },
          })
        })
        return created({ ...show(key), key: text })
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/keys',
      scope: 'manage',
      role: 'admin',
      tag,
      summary: 'List API keys',
      query: Type.Object(pageQuery, { additionalProperties: false }),
      responses: { 200: { description: 'A page of keys, newest first.', schema: pageOf(KeyAnswer) } },
      async handle({ query, workspace }) {
        const page = readPage(query)
        const rows = await listKeys(database, workspace.workspace.id, { before: page.before, limit: page.limit + 1 })
        return ok(writePage(rows, page, show))
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/workspaces/{workspace}/keys/{key}',
      scope: 'manage',
      role: 'admin',
      tag,
      summary: 'Revoke an API key',
      responses: { 204: { description: 'It no longer works.' } },
      async handle(call) {
        const workspaceId = call.workspace.workspace.id
        const unknown = () => new Problem('not_found', 'There is no such API key.')
        const id = fromTypeId(idPrefix.key, call.params.key)
        if (id === null) throw unknown()
        await changeConfiguration(services, call, async (transaction, note) => {
          const key = await deleteKey(transaction, workspaceId, id)
          if (!key) throw unknown()
          note({ action: 'api_key.revoked', target: keyTarget(key), description: 'An API key was revoked.' })
        })
        return noContent()
      },
    }),
  ]
}
