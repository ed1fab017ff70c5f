import { Type } from 'typebox'
import { operatorChain } from '../domain/audit.ts'
import { builtInActions } from '../domain/audit-actions.ts'
import { recordOf } from '../domain/audit-chain.ts'
import { searchTerms } from '../domain/audit-search.ts'
import { fromTypeId, idPrefix } from '../domain/identifier.ts'
import { isSlug } from '../domain/workspace.ts'
import { findAudit } from '../storage/audit.ts'
import { type AuditList, listAllAudit, listAudit } from '../storage/audit-search.ts'
import { AuditAnswer } from './audit-answer.ts'
import { exportAnswer, exportDescription, exportMediaType } from './audit-export.ts'
import { notFound, QueryReader, readId } from './field.ts'

import { type Page, pageOf, pageQuery, readPage, writeSlice } from './page.ts'
import { type Answer, defineRoute, ok, type Route } from './route.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const tag = 'Audit log'
const collection = '/v1/workspaces/{workspace}/audit-log'
const shortPages =
  'A page may have fewer entries than asked for, even none, although there are more: a search goes on as long as next_cursor is not null.'
/** How long the search for a page may take before the page is cut short, in milliseconds. */
const patience = 25

const filterQuery = {
  q: Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        'Words. Each must begin a word of the actor, the category, the action, the target or the description, whatever the case; punctuation separates words.',
    }),
  ),
  actor: Type.Optional(Type.String({ maxLength: 200, description: "The actor's id." })),
  category: Type.Optional(Type.String({ maxLength: 64 })),
  action: Type.Optional(
    Type.String({ maxLength: 129, description: 'With or without its category: `webhook.created` or `created`.' }),
  ),
  since: Type.Optional(Type.String({ format: 'date-time', description: 'That occurred from this time on, ISO 8601.' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'That occurred before this time, ISO 8601.' })),
}
const exportQuery = {
  since: Type.Optional(Type.String({ format: 'date-time', description: 'Recorded from this time on, ISO 8601.' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'Recorded before this time, ISO 8601.' })),
}
const listQuery = { ...pageQuery, ...filterQuery }

interface GivenFilter {
  readonly q?: string | undefined
  readonly actor?: string | undefined
  readonly category?: string | undefined
  readonly action?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

export function auditLogRoutes(services: Services): Route[] {
  return [...workspaceRoutes(services), ...operatorRoutes(services)]
}

function workspaceRoutes({ database }: Services): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: collection,
      scope: 'read',
      tag,
      summary: 'Search the audit log',
      description: `Those that were recorded last come first. ${shortPages}`,
      query: Type.Object(listQuery, { additionalProperties: false }),
      responses: { 200: { description: 'A page of entries.', schema: pageOf(AuditAnswer) } },
      async handle({ query, workspace }) {
        return await listOne(database, workspace.workspace.id, query)
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${collection}/export`,
      scope: 'read',
      tag,
      summary: 'Export the audit log',
      description: exportDescription,
      query: Type.Object(exportQuery, { additionalProperties: false }),
      responses: { 200: { description: 'The entries with the signed checkpoints.', mediaType: exportMediaType } },
      async handle({ query, workspace }) {
        const reader = new QueryReader()
        const times = { since: reader.time('since', query.since), until: reader.time('until', query.until) }
        reader.finish()
        return exportAnswer(database, workspace.workspace.id, times)
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${collection}/actions`,
      scope: 'read',
      tag,
      summary: 'List known audit actions',
      description: 'Those that are built in, all at once: next_cursor is always null. Others may be recorded too.',
      responses: {
        200: {
          description: 'The actions.',
          schema: pageOf(
            Type.Object(
              { category: Type.String(), action: Type.String(), description: Type.String() },
              { title: 'AuditAction' },
            ),
          ),
        },
      },
      async handle() {
        return ok({ data: builtInActions, next_cursor: null })
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${collection}/{entry}`,
      scope: 'read',
      tag,
      summary: 'Show an audit entry',
      responses: { 200: { description: 'The entry.', schema: AuditAnswer } },
      async handle({ params, workspace }) {
        const id = readId(idPrefix.auditEntry, 'audit entry', params.entry)
        return ok(recordOf((await findAudit(database, workspace.workspace.id, id)) ?? notFound('audit entry')))
      },
    }),
  ]
}

const WorkspaceName = Type.String({
  description: 'An id, also of a deleted workspace, a slug, or `operator` for what belongs to no workspace.',
})

function operatorRoutes(services: Services): Route[] {
  const { database } = services
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/audit-log',
      scope: 'operator',
      tag,
      summary: 'Search the audit logs of all workspaces',
      description: `Those that were recorded last come first. ${shortPages}`,
      query: Type.Object({ ...listQuery, workspace: Type.Optional(WorkspaceName) }, { additionalProperties: false }),
      responses: { 200: { description: 'A page of entries.', schema: pageOf(AuditAnswer) } },
      async handle({ query }) {
        if (query.workspace !== undefined) {
          return await listOne(database, await chainOf(services, query.workspace), query)
        }
        const page = readPage(query)
        return ok(writeSlice(await listAllAudit(database, { ...readFilter(query), ...page }), recordOf))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/audit-log/export',
      scope: 'operator',
      tag,
      summary: 'Export an audit log',
      description: exportDescription,
      query: Type.Object({ workspace: WorkspaceName }, { additionalProperties: false }),
      responses: { 200: { description: 'All entries with the signed checkpoints.', mediaType: exportMediaType } },
      async handle({ query }) {
        return exportAnswer(database, await chainOf(services, query.workspace))
      },
    }),
  ]
}

async function listOne(
  database: Services['database'],
  workspaceId: string,
  query: GivenFilter & Parameters<typeof readPage>[0],
): Promise<Answer> {
  const { limit } = readPage({ limit: query.limit })
  const before = readSequence(query.cursor)
  const list = { ...readFilter(query), limit, before, patience }
  return ok(writeSlice(await listAudit(database, workspaceId, list), recordOf))
}

function readFilter({ q, actor, category, action, since, until }: GivenFilter): Omit<AuditList, keyof Page> {
  const reader = new QueryReader()
  const times = { since: reader.time('since', since), until: reader.time('until', until) }
  reader.finish()
  const dot = action?.indexOf('.') ?? -1
  const named = dot < 0 ? null : (action?.slice(0, dot) ?? null)
  // Two categories at once are in no entry.
  if (named !== null && category !== undefined && named !== category) return { ...times, terms: null }
  const terms = searchTerms({
    actorId: actor ?? null,
    category: named ?? category ?? null,
    action: action === undefined ? null : action.slice(dot + 1),
    text: q ?? null,
  })
  return { ...times, terms }
}

/** A page of one chain goes on below a sequence. */
function readSequence(cursor: string | undefined): number | null {
  if (cursor === undefined) return null
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  if (!/^[1-9]\d{0,15}$/.test(text)) throw invalid([{ path: 'cursor', message: 'must be the next_cursor of a page' }])
  return Number(text)
}

async function chainOf({ pipeline }: Services, name: string): Promise<string> {
  if (name === 'operator') return operatorChain
  const id = fromTypeId(idPrefix.workspace, name)
  if (id !== null) return id
  const known = isSlug(name) ? await pipeline.configuration.workspaceBySlug(name) : null
  if (known) return known.workspace.id
  throw invalid([{ path: 'workspace', message: 'is no id of a workspace and no slug of one' }])
}
