import { type Static, Type } from 'typebox'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { Workspace } from '../domain/workspace.ts'
import { Problem } from '../errors.ts'
import {
  deleteWorkspace,
  findWorkspace,
  insertWorkspace,
  listWorkspaces,
  updateWorkspace,
} from '../storage/workspace.ts'
import { pageOf, pageQuery, readPage, writePage } from './page.ts'
import { created, defineRoute, noContent, ok, type Route } from './route.ts'
import { nullable, Time } from './schema.ts'
import { changeConfiguration, type Services } from './services.ts'

const Name = Type.String({ minLength: 1, maxLength: 200 })
const Slug = Type.String({
  // An id must never be taken for a slug.
  pattern: '^(?!ws_)[a-z0-9-]{1,63}$',
  description: 'A name for URLs: 1 to 63 of a-z, 0-9 and -.',
})
const StrictTypes = Type.Boolean({ description: 'Refuse events whose type is not in the catalog.' })
const ValidatePayloads = Type.Boolean({ description: "Refuse events whose data does not satisfy their type's schema." })

const WorkspaceAnswer = Type.Object({
  id: Type.String({ examples: ['ws_01h455vb4pex5vsknk084sn02q'] }),
  name: Name,
  slug: nullable(Slug),
  strict_types: StrictTypes,
  validate_payloads: ValidatePayloads,
  created_at: Time,
  updated_at: Time,
})

function show(workspace: Workspace): Static<typeof WorkspaceAnswer> {
  return {
    id: toTypeId(idPrefix.workspace, workspace.id),
    name: workspace.name,
    slug: workspace.slug,
    strict_types: workspace.strictTypes,
    validate_payloads: workspace.validatePayloads,
    created_at: workspace.createdAt.toISOString(),
    updated_at: workspace.updatedAt.toISOString(),
  }
}

function slugTaken(): Problem {
  return new Problem('conflict', 'Another workspace has this slug.', {
    errors: [{ path: 'slug', message: 'is taken' }],
  })
}

const gone = 'There is no workspace with this id or slug.'
const tag = 'Workspaces'

export function workspaceRoutes(services: Services): Route[] {
  const { database } = services
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces',
      scope: 'operator',
      tag,
      summary: 'Create a workspace',
      body: Type.Object(
        {
          name: Name,
          slug: Type.Optional(nullable(Slug)),
          strict_types: Type.Optional(StrictTypes),
          validate_payloads: Type.Optional(ValidatePayloads),
        },
        { additionalProperties: false, examples: [{ name: 'Acme', slug: 'acme' }] },
      ),
      responses: { 201: { description: 'The workspace.', schema: WorkspaceAnswer } },
      async handle({ body }) {
        const workspace = await insertWorkspace(database, {
          id: services.newId(),
          name: body.name,
          slug: body.slug ?? null,
          strictTypes: body.strict_types ?? false,
          validatePayloads: body.validate_payloads ?? false,
          createdAt: services.now(),
        })
        if (workspace === null) throw slugTaken()
        return created(show(workspace))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces',
      scope: 'operator',
      tag,
      summary: 'List workspaces',
      query: Type.Object(pageQuery, { additionalProperties: false }),
      responses: { 200: { description: 'A page of workspaces, newest first.', schema: pageOf(WorkspaceAnswer) } },
      async handle({ query }) {
        const page = readPage(query)
        const rows = await listWorkspaces(database, { before: page.before, limit: page.limit + 1 })
        return ok(writePage(rows, page, show))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}',
      scope: 'read',
      tag,
      summary: 'Show a workspace',
      responses: { 200: { description: 'The workspace.', schema: WorkspaceAnswer } },
      async handle(call) {
        const workspace = await findWorkspace(database, { id: call.workspace.workspace.id })
        if (workspace === null) throw new Problem('not_found', gone)
        return ok(show(workspace))
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/workspaces/{workspace}',
      scope: 'manage',
      tag,
      summary: 'Change a workspace',
      description: "The slug is the operator's to change: it is shared by all workspaces.",
      body: Type.Object(
        {
          name: Type.Optional(Name),
          slug: Type.Optional(nullable(Slug)),
          strict_types: Type.Optional(StrictTypes),
          validate_payloads: Type.Optional(ValidatePayloads),
        },
        { additionalProperties: false, examples: [{ strict_types: true }] },
      ),
      responses: { 200: { description: 'The workspace as it is now.', schema: WorkspaceAnswer } },
      async handle({ body, caller, workspace }) {
        if (body.slug !== undefined && caller.kind !== 'operator') {
          throw new Problem('forbidden', 'Only the operator may change the slug.')
        }
        const { id } = workspace.workspace
        const change = {
          name: body.name,
          slug: body.slug,
          strictTypes: body.strict_types,
          validatePayloads: body.validate_payloads,
        }
        const changed = await changeConfiguration(services, id, (transaction) =>
          updateWorkspace(transaction, id, change, services.now()),
        )
        if (changed === 'slug_taken') throw slugTaken()
        if (changed === null) throw new Problem('not_found', gone)
        return ok(show(changed))
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/workspaces/{workspace}',
      scope: 'operator',
      tag,
      summary: 'Delete a workspace',
      description: 'With its keys, endpoints and event types. Deliveries that still wait are canceled.',
      responses: { 204: { description: 'It is gone.' } },
      async handle({ workspace }) {
        const { id } = workspace.workspace
        await changeConfiguration(services, id, (transaction) => deleteWorkspace(transaction, id))
        return noContent()
      },
    }),
  ]
}
