import { Type } from 'typebox'
import { fromTypeId, idPrefix, toTypeId } from '../domain/identifier.ts'
import { isAtLeast, type Role, roles } from '../domain/role.ts'
import { Problem } from '../errors.ts'
import type { Session } from '../storage/database.ts'
import { deleteMember, holdMember, holdOwners, listMembers, type Member, setRole } from '../storage/member.ts'
import { type Caller, isOperator } from './access.ts'
import { administer } from './administration.ts'
import { defineRoute, noContent, ok, type Route } from './route.ts'
import { Time } from './schema.ts'
import type { Services } from './services.ts'

export const mostMembers = 500
export const RoleField = Type.Enum(roles, {
  description:
    'viewer: sees everything. member: publishes and manages endpoints too. admin: keys, members and settings too. owner: owners too.',
})

const MemberAnswer = Type.Object(
  {
    id: Type.String({ examples: ['usr_01h455vb4pex5vsknk084sn02q'] }),
    name: Type.String(),
    email: Type.String(),
    role: RoleField,
    two_factor_enabled: Type.Boolean(),
    created_at: Time,
  },
  { title: 'Member' },
)

function show({ userId, name, email, role, twoFactorEnabled, createdAt }: Member) {
  const id = toTypeId(idPrefix.user, userId)
  return { id, name, email, role, two_factor_enabled: twoFactorEnabled, created_at: createdAt.toISOString() }
}

/** Nobody gives, changes or takes away a role above their own. */
export function requireRank(caller: Caller, role: Role): void {
  // A key that may manage is as good as an administrator.
  const own = isOperator(caller) ? 'owner' : caller.kind === 'user' ? (caller.role ?? 'viewer') : 'admin'
  if (!isAtLeast(own, role)) {
    throw new Problem('forbidden', `Only an owner of this workspace may do this for the role "${role}".`)
  }
}

export function memberTarget({ userId, email }: Pick<Member, 'userId' | 'email'>) {
  return { type: 'user', id: toTypeId(idPrefix.user, userId), name: email }
}

const tag = 'Members'

export function memberRoutes(services: Services): Route[] {
  const { database } = services

  /** The member, and how many owners there are: both stay as they are until the transaction ends. */
  async function hold(transaction: Session, workspaceId: string, given: string): Promise<[Member, number]> {
    const id = fromTypeId(idPrefix.user, given)
    const owners = await holdOwners(transaction, workspaceId)
    const member = id === null ? null : await holdMember(transaction, workspaceId, id)
    if (!member) throw new Problem('not_found', 'There is no such member.')
    return [member, owners]
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/v1/workspaces/{workspace}/members',
      scope: 'read',
      tag,
      summary: 'List members',
      responses: {
        200: {
          description: `All members by name; a workspace has at most ${mostMembers}.`,
          schema: Type.Object({ data: Type.Array(MemberAnswer) }, { title: 'MemberList' }),
        },
      },
      async handle({ workspace }) {
        const members = await listMembers(database, workspace.workspace.id, mostMembers)
        return ok({ data: members.map(show) })
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/workspaces/{workspace}/members/{member}',
      scope: 'manage',
      role: 'admin',
      tag,
      summary: 'Change the role of a member',
      body: Type.Object(
        { role: RoleField },
        { title: 'MemberChange', additionalProperties: false, examples: [{ role: 'admin' }] },
      ),
      responses: { 200: { description: 'The member as they are now.', schema: MemberAnswer } },
      async handle(call) {
        const workspaceId = call.workspace.workspace.id
        const { role } = call.body
        const changed = await administer(services, call, workspaceId, async (transaction, note) => {
          const [member, owners] = await hold(transaction, workspaceId, call.params.member)
          if (member.role === role) return member
          for (const each of [member.role, role]) requireRank(call.caller, each)
          requireAnotherOwner(member, owners)
          await setRole(transaction, workspaceId, member.userId, role)
          note({
            action: 'team_member.role_changed',
            target: memberTarget(member),
            description: 'A member got another role.',
            metadata: { role: { before: member.role, after: role } },
          })
          return { ...member, role }
        })
        return ok(show(changed))
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/workspaces/{workspace}/members/{member}',
      scope: 'read',
      tag,
      summary: 'Remove a member',
      description: 'Members may remove themselves; of others, administrators may.',
      responses: { 204: { description: 'They are no member any more.' } },
      async handle(call) {
        const { caller } = call
        const workspaceId = call.workspace.workspace.id
        await administer(services, call, workspaceId, async (transaction, note) => {
          const [member, owners] = await hold(transaction, workspaceId, call.params.member)
          const isSelf = caller.kind === 'user' && caller.user.id === member.userId
          if (!isSelf) requireAdministrator(caller)
          if (!isSelf) requireRank(caller, member.role)
          requireAnotherOwner(member, owners)
          await deleteMember(transaction, workspaceId, member.userId)
          note({
            action: 'team_member.removed',
            target: memberTarget(member),
            description: isSelf ? 'A member left.' : 'A member was removed.',
            metadata: { role: member.role },
          })
        })
        return noContent()
      },
    }),
  ]
}

function requireAnotherOwner({ role }: Member, owners: number): void {
  if (role === 'owner' && owners < 2) {
    throw new Problem('conflict', 'This is the last owner. Make somebody else an owner first.')
  }
}

function requireAdministrator(caller: Caller): void {
  const may =
    isOperator(caller) ||
    (caller.kind === 'user' && caller.role !== null && isAtLeast(caller.role, 'admin')) ||
    (caller.kind === 'key' && caller.key.scopes.includes('manage'))
  if (!may) throw new Problem('forbidden', 'Only an admin or owner of this workspace may remove others.')
}
