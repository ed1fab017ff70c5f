import { type Static, Type } from 'typebox'
import { operatorChain } from '../domain/audit.ts'
import { changesBetween } from '../domain/audit-note.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import {
  auditTypePrefixPattern,
  defaultAuditRetentionDays,
  defaultAuditTypePrefix,
  longestAuditTypePrefix,
  type Workspace,
} from '../domain/workspace.ts'
import { Problem } from '../errors.ts'
import { findAuditChain } from '../storage/audit.ts'
import type { Session } from '../storage/database.ts'
import {
  deleteWorkspace,
  findWorkspace,
  insertWorkspace,
  listWorkspaces,
  updateWorkspace,
  workspacesOf,
} from '../storage/workspace.ts'
import { isOperator } from './access.ts'
import { administer, changeConfiguration, type Note } from './administration.ts'
import { pageOf, pageQuery, readPage, writePage } from './page.ts'
import { created, defineRoute, noContent, ok, type Route } from './route.ts'
import { nullable, Time } from './schema.ts'
import type { Services } from './services.ts'

// One page: nobody is a member of more.
const mostMemberships = 200

const Name = Type.String({ minLength: 1, maxLength: 200 })
const Slug = Type.String({
  // An id must never be taken for a slug.
  pattern: '^(?!ws_)[a-z0-9-]{1,63}$',
  description: 'A name for URLs: 1 to 63 of a-z, 0-9 and -.',
})
const StrictTypes = Type.Boolean({ description: 'Refuse events whose type is not in the catalog.' })
const ValidatePayloads = Type.Boolean({ description: "Refuse events whose data does not satisfy their type's schema." })
const AuditRetentionDays = Type.Integer({
  minimum: 1,
  maximum: 3_650,
  description: `How long entries of the audit log are kept; ${defaultAuditRetentionDays} unless set.`,
})
const AlertEmails = Type.Array(Type.String({ format: 'email', maxLength: 254 }), {
  maxItems: 10,
  uniqueItems: true,
  description: 'Who gets a mail when an endpoint is in trouble; none unless set.',
  examples: [['ops@acme.example']],
})
const AuditTypePrefix = Type.String({
  pattern: auditTypePrefixPattern,
  maxLength: longestAuditTypePrefix,
  description: `What the type of an audit entry begins with at endpoints, before its category and its action: 1 to 6 segments of a-z, 0-9, _ and -, joined by dots. ${defaultAuditTypePrefix} unless set.`,
})

const WorkspaceAnswer = Type.Object(
  {
    id: Type.String({ examples: ['ws_01h455vb4pex5vsknk084sn02q'] }),
    name: Name,
    slug: nullable(Slug),
    strict_types: StrictTypes,
    validate_payloads: ValidatePayloads,
    audit_retention_days: AuditRetentionDays,
    alert_emails: AlertEmails,
    audit_type_prefix: AuditTypePrefix,
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Workspace' },
)

function show(workspace: Workspace): Static<typeof WorkspaceAnswer> {
  return {
    id: toTypeId(idPrefix.workspace, workspace.id),
    name: workspace.name,
    slug: workspace.slug,
    strict_types: workspace.strictTypes,
    validate_payloads: workspace.validatePayloads,
    audit_retention_days: workspace.auditRetentionDays,
    alert_emails: [...workspace.alertEmails],
    audit_type_prefix: workspace.auditTypePrefix,
    created_at: workspace.createdAt.toISOString(),
    updated_at: workspace.updatedAt.toISOString(),
  }
}

function slugTaken(): Problem {
  return new Problem('conflict', 'Another workspace has this slug.', {
    errors: [{ path: 'slug', message: 'is taken' }],
  })
}

function targetOf({ id, name }: Workspace) {
  return { type: 'workspace', id: toTypeId(idPrefix.workspace, id), name }
}

function settingsOf(workspace: Workspace) {
  const { strictTypes, validatePayloads, auditRetentionDays, alertEmails, auditTypePrefix } = workspace
  return {
    strict_types: strictTypes,
    validate_payloads: validatePayloads,
    audit_retention_days: auditRetentionDays,
    alert_emails: alertEmails,
    audit_type_prefix: auditTypePrefix,
  }
}

/** One entry for each kind of change, since each is an action of its own to whoever looks for it. */
function noteChanges(note: Note, before: Workspace, after: Workspace): void {
  const target = targetOf(after)
  const kinds = [
    ['workspace.renamed', 'The workspace was renamed.', { name: before.name }, { name: after.name }],
    ['workspace.slug_changed', 'The slug of the workspace was changed.', { slug: before.slug }, { slug: after.slug }],
    ['workspace.settings_changed', 'Settings were changed.', settingsOf(before), settingsOf(after)],
  ] as const
  for (const [action, description, was, is] of kinds) {
    const changes = changesBetween(was, is)
    if (Object.keys(changes).length > 0) note({ action, target, description, metadata: { changes } })
  }
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
          audit_retention_days: Type.Optional(AuditRetentionDays),
          alert_emails: Type.Optional(AlertEmails),
          audit_type_prefix: Type.Optional(AuditTypePrefix),
        },
        { title: 'WorkspaceToCreate', additionalProperties: false, examples: [{ name: 'Acme', slug: 'acme' }] },
      ),
      responses: { 201: { description: 'The workspace.', schema: WorkspaceAnswer } },
      async handle(call) {
        const { body } = call
        const id = services.newId()
        const workspace = await administer(services, call, id, async (transaction, note) => {
          const made = await insertWorkspace(transaction, {
            id,
            name: body.name,
            slug: body.slug ?? null,
            strictTypes: body.strict_types ?? false,
            validatePayloads: body.validate_payloads ?? false,
            auditRetentionDays: body.audit_retention_days,
            alertEmails: body.alert_emails,
            auditTypePrefix: body.audit_type_prefix,
            createdAt: services.now(),
          })
          if (made === null) throw slugTaken()
          const metadata = { slug: made.slug, ...settingsOf(made) }
          note({
            action: 'workspace.created',
            target: targetOf(made),
            description: 'The workspace was created.',
            metadata,
          })
          return made
        })
        return created(show(workspace))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces',
      scope: 'read',
      tag,
      summary: 'List workspaces',
      description: 'All of them for the operator; a key sees its own, and a member those that they belong to.',
      query: Type.Object(pageQuery, { additionalProperties: false }),
      responses: { 200: { description: 'A page of workspaces, newest first.', schema: pageOf(WorkspaceAnswer) } },
      async handle({ caller, query }) {
        const page = readPage(query)
        if (caller.kind === 'key') {
          const own = await findWorkspace(database, { id: caller.key.workspaceId })
          return ok({ data: own === null ? [] : [show(own)], next_cursor: null })
        }
        if (caller.kind === 'user' && !isOperator(caller)) {
          const own = await workspacesOf(database, caller.user.id, mostMemberships)
          return ok({ data: own.map(show), next_cursor: null })
        }
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
      role: 'admin',
      tag,
      summary: 'Change a workspace',
      description: "The slug is the operator's to change: it is shared by all workspaces.",
      body: Type.Object(
        {
          name: Type.Optional(Name),
          slug: Type.Optional(nullable(Slug)),
          strict_types: Type.Optional(StrictTypes),
          validate_payloads: Type.Optional(ValidatePayloads),
          audit_retention_days: Type.Optional(AuditRetentionDays),
          alert_emails: Type.Optional(AlertEmails),
          audit_type_prefix: Type.Optional(AuditTypePrefix),
        },
        { title: 'WorkspaceChange', additionalProperties: false, examples: [{ strict_types: true }] },
      ),
      responses: { 200: { description: 'The workspace as it is now.', schema: WorkspaceAnswer } },
      async handle(call) {
        const { body, caller, workspace } = call
        if (body.slug !== undefined && !isOperator(caller)) {
          throw new Problem('forbidden', 'Only the operator may change the slug.')
        }
        const { id } = workspace.workspace
        const change = {
          name: body.name,
          slug: body.slug,
          strictTypes: body.strict_types,
          validatePayloads: body.validate_payloads,
          auditRetentionDays: body.audit_retention_days,
          alertEmails: body.alert_emails,
          auditTypePrefix: body.audit_type_prefix,
        }
        const changed = await changeConfiguration(services, call, async (transaction, note) => {
          const before = await findWorkspace(transaction, { id })
          const after = await updateWorkspace(transaction, id, change, services.now())
          if (after === 'slug_taken') throw slugTaken()
          if (before === null || after === null) throw new Problem('not_found', gone)
          noteChanges(note, before, after)
          return after
        })
        return ok(show(changed))
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/workspaces/{workspace}',
      scope: 'manage',
      role: 'owner',
      tag,
      summary: 'Delete a workspace',
      description:
        'With its keys, endpoints and event types. Deliveries that still wait are canceled. Owners and the operator may do this; no key of the workspace may.',
      responses: { 204: { description: 'It is gone.' } },
      async handle(call) {
        const { workspace } = call.workspace
        const deletion = async (transaction: Session, note: Note) => {
          await deleteWorkspace(transaction, workspace.id)
          const end = await findAuditChain(transaction, workspace.id)
          note({
            action: 'workspace.deleted',
            target: targetOf(workspace),
            description: 'A workspace was deleted.',
            metadata: {
              slug: workspace.slug,
              audit_log: { last_sequence: end?.lastSequence, last_hash: end?.lastHash },
            },
          })
        }
        // Its own log ends here, and nobody of the workspace is left to read it. So this stands in the operator's, with
        // the end of that log: should somebody make the whole of it disappear, or go on with it, this still tells.
        await changeConfiguration(services, call, deletion, operatorChain)
        return noContent()
      },
    }),
  ]
}
