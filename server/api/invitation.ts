import { hash } from 'node:crypto'
import { Type } from 'typebox'
import { userActor } from '../domain/audit-actor.ts'
import { noted } from '../domain/audit-note.ts'
import { fromTypeId, idPrefix, toTypeId } from '../domain/identifier.ts'
import { Problem } from '../errors.ts'
import {
  deleteInvitation,
  findInvitation,
  type Invitation,
  type InvitationMail,
  insertInvitation,
  listInvitations,
  takeInvitation,
} from '../storage/invitation.ts'
import { insertMember, listMembers } from '../storage/member.ts'
import { administer, recordIn } from './administration.ts'
import { inviterName, queueInvitationMail, requireAllowance } from './invitation-mail.ts'
import { memberTarget, mostMembers, RoleField, requireRank } from './member.ts'
import { created, defineRoute, noContent, ok, type Route } from './route.ts'
import { nullable, Time } from './schema.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const days = 7
const mostInvitations = 100
const tag = 'Members'
const Email = Type.String({ format: 'email', maxLength: 254, examples: ['ada@acme.example'] })

const invitationFields = {
  id: Type.String({ examples: ['inv_01h455vb4pex5vsknk084sn02q'] }),
  email: Type.String(),
  role: RoleField,
  invited_by: Type.String(),
  created_at: Time,
  expires_at: Time,
}
const InvitationAnswer = Type.Object(
  {
    ...invitationFields,
    mail: nullable(
      Type.Object(
        {
          state: Type.Enum(['waiting', 'sent', 'failed'], {
            description: 'waiting: it is sent soon, or tried again. failed: it was given up.',
          }),
          sent_at: nullable(Time),
          error: nullable(Type.String({ description: 'Why the last try failed.' })),
        },
        { title: 'InvitationMail' },
      ),
      { description: 'What has come of its mail; null: there was no mail server.' },
    ),
  },
  { title: 'Invitation' },
)
const NewInvitationAnswer = Type.Object(
  {
    ...invitationFields,
    mailed: Type.Boolean({ description: 'Whether the link goes to them by mail, too.' }),
    url: Type.String({ description: 'The link for whom it is for. It is shown this once.' }),
  },
  { title: 'NewInvitation' },
)
const OpenInvitation = Type.Object(
  {
    workspace: Type.String({ description: 'Its name.' }),
    email: Type.String(),
    role: RoleField,
    invited_by: Type.String(),
    has_account: Type.Boolean({ description: 'Whether they can sign in already.' }),
  },
  { title: 'OpenInvitation' },
)
const Token = Type.String({ minLength: 1, maxLength: 100, description: 'From the fragment of the link.' })

function show({ id, email, role, invitedBy, createdAt, expiresAt }: Invitation) {
  return {
    ...{ id: toTypeId(idPrefix.invitation, id), email, role, invited_by: invitedBy },
    ...{ created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString() },
  }
}

function showMail(mail: InvitationMail | null) {
  return mail && { state: mail.state, sent_at: mail.sentAt?.toISOString() ?? null, error: mail.error }
}

const hashOf = (token: string): Buffer => hash('sha256', token, 'buffer')

function noInvitation(): Problem {
  return new Problem('not_found', 'This invitation was used, withdrawn, or has expired. Ask for another one.')
}

export function invitationRoutes(services: Services): Route[] {
  const { database } = services
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/workspaces/{workspace}/invitations',
      scope: 'manage',
      role: 'admin',
      tag,
      summary: 'Invite somebody',
      description: `The link is valid for ${days} days, and goes to them by mail if there is a mail server. Another invitation to the same address ends the one before, and so sends it again.`,
      body: Type.Object(
        { email: Email, role: RoleField },
        {
          title: 'InvitationToSend',
          additionalProperties: false,
          examples: [{ email: 'ada@acme.example', role: 'member' }],
        },
      ),
      responses: { 201: { description: 'The invitation, with its link.', schema: NewInvitationAnswer } },
      async handle(call) {
        const { body, caller } = call
        requireRank(caller, body.role)
        const workspaceId = call.workspace.workspace.id
        const email = body.email.toLowerCase()
        const members = await listMembers(database, workspaceId, mostMembers)
        if (members.some((member) => member.email === email)) {
          throw new Problem('conflict', 'They are a member already.')
        }
        if (members.length >= mostMembers) {
          throw new Problem('conflict', `A workspace has at most ${mostMembers} members.`)
        }
        const { outbox } = services
        if (outbox) await requireAllowance(services, workspaceId, email)
        const now = services.now()
        const token = services.randomBytes(32).toString('base64url')
        const invitation: Invitation = {
          ...{
            id: services.newId(),
            workspaceId,
            email,
            role: body.role,
            invitedBy: inviterName(caller),
            createdAt: now,
          },
          expiresAt: new Date(now.getTime() + days * 86_400_000),
        }
        const url = `${services.publicUrl()}/invitation#token=${token}`
        const workspaceName = call.workspace.workspace.name
        await administer(services, call, workspaceId, async (transaction, note) => {
          if (!(await insertInvitation(transaction, invitation, hashOf(token), mostInvitations))) {
            throw new Problem('conflict', `A workspace may have ${mostInvitations} invitations. Withdraw old ones.`)
          }
          note({
            action: 'team_member.invited',
            target: { type: 'invitation', id: toTypeId(idPrefix.invitation, invitation.id), name: email },
            description: 'Somebody was invited.',
            metadata: { role: body.role, mailed: outbox !== null },
          })
          if (outbox) await queueInvitationMail(transaction, outbox, invitation, { caller, workspaceName, link: url })
        })
        outbox?.sendNow()
        return created({ ...show(invitation), mailed: outbox !== null, url })
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/invitations',
      scope: 'manage',
      role: 'admin',
      tag,
      summary: 'List invitations',
      responses: {
        200: {
          description: 'Those that were not accepted yet, newest first.',
          schema: Type.Object({ data: Type.Array(InvitationAnswer) }, { title: 'InvitationList' }),
        },
      },
      async handle({ workspace }) {
        const invitations = await listInvitations(database, workspace.workspace.id, mostInvitations)
        return ok({ data: invitations.map((each) => ({ ...show(each), mail: showMail(each.mail) })) })
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/workspaces/{workspace}/invitations/{invitation}',
      scope: 'manage',
      role: 'admin',
      tag,
      summary: 'Withdraw an invitation',
      responses: { 204: { description: 'Its link no longer works.' } },
      async handle(call) {
        const workspaceId = call.workspace.workspace.id
        const id = fromTypeId(idPrefix.invitation, call.params.invitation)
        await administer(services, call, workspaceId, async (transaction, note) => {
          const invitation = id === null ? null : await deleteInvitation(transaction, workspaceId, id)
          if (!invitation) throw new Problem('not_found', 'There is no such invitation.')
          note({
            action: 'team_member.invitation_withdrawn',
            target: { type: 'invitation', id: call.params.invitation, name: invitation.email },
            description: 'An invitation was withdrawn.',
          })
        })
        return noContent()
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/invitations/look',
      scope: 'public',
      tag,
      summary: 'Show an invitation',
      description: 'To whoever has its link.',
      body: Type.Object({ token: Token }, { title: 'InvitationLink', additionalProperties: false }),
      responses: { 200: { description: 'The invitation.', schema: OpenInvitation } },
      async handle({ body }) {
        const invitation = await findInvitation(database, hashOf(body.token), services.now())
        if (!invitation) throw noInvitation()
        const { workspaceName, email, role, invitedBy } = invitation
        const account = await services.signIn.findAccount(email)
        return ok({ workspace: workspaceName, email, role, invited_by: invitedBy, has_account: account !== null })
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/invitations/accept',
      scope: 'public',
      tag,
      summary: 'Accept an invitation',
      description:
        'Who has no account makes one with a name and a password, and signs in afterwards; who has one signs in first. Either is for the address that was invited.',
      body: Type.Object(
        {
          token: Token,
          name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
          password: Type.Optional(Type.String({ minLength: 10, maxLength: 200 })),
        },
        { title: 'InvitationToAccept', additionalProperties: false },
      ),
      responses: { 204: { description: 'They are a member now.' } },
      async handle({ body, header, ip }) {
        const invitation = await findInvitation(database, hashOf(body.token), services.now())
        if (!invitation) throw noInvitation()
        const { workspaceId, email } = invitation
        const account = await accountFor(services, email, body, header('cookie'))
        const now = services.now()
        await database.transaction(async (transaction) => {
          const taken = await takeInvitation(transaction, hashOf(body.token), now)
          if (!taken) throw noInvitation()
          const { role } = taken
          if (!(await insertMember(transaction, { workspaceId, userId: account.id, role, now }))) return
          const target = memberTarget({ userId: account.id, email })
          const note = { action: 'team_member.joined', target, description: 'An invitation was accepted.' } as const
          const entry = noted({ ...note, metadata: { role } }, userActor({ id: account.id, email }, ip))
          await recordIn(transaction, workspaceId, [entry], now)
        })
        services.pipeline.audited(workspaceId)
        return noContent()
      },
    }),
  ]
}

/**
 * Nobody joins with an account that they cannot sign in to: whoever was invited before may have made it for an address
 * that is not theirs.
 */
async function accountFor(
  { signIn }: Services,
  email: string,
  { name, password }: { name?: string | undefined; password?: string | undefined },
  cookie: string | undefined,
): Promise<{ id: string }> {
  if (await signIn.findAccount(email)) {
    const user = cookie === undefined ? null : await signIn.userOf(cookie)
    if (user?.email === email) return user
    throw new Problem('unauthorized', `There is an account for ${email}: sign in to it, then accept the invitation.`)
  }
  const missing = { name, password }
  const errors = Object.entries(missing).flatMap(([path, value]) => (value ? [] : [{ path, message: 'is missing' }]))
  if (name === undefined || password === undefined) throw invalid(errors)
  return await signIn.createAccount({ email, name, password })
}
