import { hash } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { keyText, portalTokenPrefix } from '../domain/api-key.ts'
import { fromTypeId, idPrefix, toTypeId } from '../domain/identifier.ts'
import {
  defaultPortalSession,
  longestPortalSession,
  type PortalSession,
  portalUrl,
  shortestPortalSession,
} from '../domain/portal-session.ts'
import { deletePortalSession, insertPortalSession, listPortalSessions } from '../storage/portal-session.ts'
import { administer } from './administration.ts'
import { notFound, plainText } from './field.ts'
import { pageOf, pageQuery, readPage, writePage } from './page.ts'
import { created, defineRoute, noContent, ok, type Route } from './route.ts'
import { nullable, Time } from './schema.ts'
import type { Services } from './services.ts'

const actorId = Type.String({ minLength: 1, maxLength: 200, pattern: plainText })
const actorName = nullable(Type.String({ minLength: 1, maxLength: 200, pattern: plainText }))

const sessionFields = {
  id: Type.String({ examples: ['prt_01h455vb4pex5vsknk084sn02q'] }),
  actor: nullable(Type.Object({ id: actorId, name: actorName }, { title: 'PortalActor' })),
  expires_at: Time,
  created_at: Time,
}
const SessionAnswer = Type.Object(sessionFields, { title: 'PortalSession' })
const NewSessionAnswer = Type.Object(
  {
    ...sessionFields,
    url: Type.String({ description: 'The link, with the token in its fragment. It is shown here and never again.' }),
  },
  { title: 'NewPortalSession' },
)

const SessionToCreate = Type.Object(
  {
    expires_in_seconds: Type.Optional(
      Type.Integer({
        minimum: shortestPortalSession,
        maximum: longestPortalSession,
        default: defaultPortalSession,
        description: 'How long the link is valid.',
      }),
    ),
    actor: Type.Optional(
      nullable(
        Type.Object(
          { id: actorId, name: Type.Optional(actorName) },
          { title: 'PortalActorToName', additionalProperties: false },
        ),
        { description: 'Which of your users it is for. The audit log names them for what is done in the portal.' },
      ),
    ),
  },
  {
    title: 'PortalSessionToCreate',
    additionalProperties: false,
    examples: [{ actor: { id: 'usr_42', name: 'Ada' } }],
  },
)

function show(session: PortalSession): Static<typeof SessionAnswer> {
  return {
    id: toTypeId(idPrefix.portalSession, session.id),
    actor: session.actor,
    expires_at: session.expiresAt.toISOString(),
    created_at: session.createdAt.toISOString(),
  }
}

function targetOf({ id, actor }: PortalSession) {
  return { type: 'portal_session', id: toTypeId(idPrefix.portalSession, id), name: actor?.name ?? actor?.id ?? null }
}

const collection = '/v1/workspaces/{workspace}/portal-sessions'
const tag = 'Customer portal'

export function portalSessionRoutes(services: Services): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: collection,
      scope: 'manage',
      tag,
      summary: 'Create a link to the customer portal',
      description:
        'Whoever has the link manages the endpoints of the workspace, and sees and replays its events and deliveries, until it expires. Nothing else of the workspace is open to them.',
      body: SessionToCreate,
      responses: { 201: { description: 'The session with its link.', schema: NewSessionAnswer } },
      async handle(call) {
        const { body, workspace } = call
        const now = services.now()
        const seconds = body.expires_in_seconds ?? defaultPortalSession
        const session: PortalSession = {
          id: services.newId(),
          workspaceId: workspace.workspace.id,
          actor: body.actor ? { id: body.actor.id, name: body.actor.name ?? null } : null,
          expiresAt: new Date(now.getTime() + seconds * 1000),
          createdAt: now,
        }
        const token = keyText(portalTokenPrefix, services.randomBytes(32))
        await administer(services, call, session.workspaceId, async (transaction, note) => {
          await insertPortalSession(transaction, session, hash('sha256', token, 'buffer'))
          note({
            action: 'portal_session.created',
            target: targetOf(session),
            description: 'A link to the customer portal was made.',
            metadata: { actor: session.actor, expires_at: session.expiresAt },
          })
        })
        return created({ ...show(session), url: portalUrl(services.publicUrl(), token) })
      },
    }),
    defineRoute({
      method: 'GET',
      path: collection,
      scope: 'manage',
      tag,
      summary: 'List links to the customer portal',
      description: 'Those that are valid.',
      query: Type.Object(pageQuery, { additionalProperties: false }),
      responses: { 200: { description: 'A page of sessions, newest first.', schema: pageOf(SessionAnswer) } },
      async handle({ query, workspace }) {
        const page = readPage(query)
        const window = { before: page.before, limit: page.limit + 1 }
        const rows = await listPortalSessions(services.database, workspace.workspace.id, services.now(), window)
        return ok(writePage(rows, page, show))
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${collection}/{session}`,
      scope: 'manage',
      tag,
      summary: 'End a session of the customer portal',
      responses: { 204: { description: 'Its link no longer works.' } },
      async handle(call) {
        const workspaceId = call.workspace.workspace.id
        const id = fromTypeId(idPrefix.portalSession, call.params.session) ?? notFound('portal session')
        await administer(services, call, workspaceId, async (transaction, note) => {
          const session = (await deletePortalSession(transaction, workspaceId, id)) ?? notFound('portal session')
          note({
            action: 'portal_session.revoked',
            target: targetOf(session),
            description: 'A session of the customer portal was ended.',
          })
        })
        return noContent()
      },
    }),
    portalBrandingRoute(services),
  ]
}

const BrandingAnswer = Type.Object(
  {
    name: nullable(Type.String()),
    logo_url: nullable(Type.String()),
    color: nullable(Type.String({ examples: ['#0b5cad'] })),
  },
  { title: 'PortalBranding' },
)

/** Public: a page whose link has expired should still look like the product that it belongs to. */
function portalBrandingRoute({ config }: Services): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/portal/branding',
    scope: 'public',
    tag,
    summary: 'How the customer portal looks',
    description: 'As the operator has set it; see ATLAS_PORTAL_NAME, ATLAS_PORTAL_LOGO_URL and ATLAS_PORTAL_COLOR.',
    responses: { 200: { description: 'Name, logo and colour; null where none is set.', schema: BrandingAnswer } },
    async handle() {
      return ok({ name: config.portalName, logo_url: config.portalLogoUrl, color: config.portalColor })
    },
  })
}
