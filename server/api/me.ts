import { Type } from 'typebox'
import { grants, type KeyScope, keyScopes } from '../domain/api-key.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { type Role, roles, scopesOfRole } from '../domain/role.ts'
import type { Workspace } from '../domain/workspace.ts'
import type { Queryable } from '../storage/database.ts'
import { membershipsOf } from '../storage/member.ts'
import { findWorkspace, listWorkspaces } from '../storage/workspace.ts'
import { type Caller, isOperator, type User } from './access.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { nullable } from './schema.ts'
import type { Services } from './services.ts'

const mostWorkspaces = 200

const IdentityAnswer = Type.Object(
  {
    kind: Type.Enum(['operator', 'key', 'user', 'portal'], { description: 'What was sent to say who one is.' }),
    user: nullable(
      Type.Object(
        {
          id: Type.String({ examples: ['usr_01h455vb4pex5vsknk084sn02q'] }),
          name: Type.String(),
          email: Type.String(),
          two_factor_enabled: Type.Boolean(),
        },
        { title: 'IdentityUser' },
      ),
      { description: 'Who is signed in; null: a key was sent.' },
    ),
    operator: Type.Boolean({ description: 'Whether everything may be done, in every workspace.' }),
    workspaces: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          name: Type.String(),
          slug: nullable(Type.String()),
          role: nullable(Type.Enum(roles), { description: 'Of who is signed in; null: they are no member.' }),
          scopes: Type.Array(Type.Enum(keyScopes), { description: 'What may be done in it.' }),
        },
        { title: 'IdentityWorkspace' },
      ),
      { description: `At most ${mostWorkspaces}; an operator may have more.` },
    ),
  },
  { title: 'Identity' },
)

export function meRoutes({ database }: Services): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/me',
      scope: 'any',
      portal: true,
      tag: 'Access',
      summary: 'Who is asking, and what they may do',
      responses: { 200: { description: 'The caller.', schema: IdentityAnswer } },
      async handle({ caller }) {
        const user = caller.kind === 'user' ? showUser(caller.user) : null
        return ok({ kind: caller.kind, user, operator: isOperator(caller), workspaces: await seenBy(database, caller) })
      },
    }),
  ]
}

async function seenBy(database: Queryable, caller: Caller) {
  if (caller.kind === 'key') {
    const workspace = await findWorkspace(database, { id: caller.key.workspaceId })
    const scopes = keyScopes.filter((scope) => grants(caller.key.scopes, scope))
    return workspace ? [show(workspace, null, scopes)] : []
  }
  if (caller.kind === 'portal') {
    const workspace = await findWorkspace(database, { id: caller.session.workspaceId })
    // The slug is the operator's name for it.
    return workspace ? [show({ ...workspace, slug: null }, null, ['read', 'manage'])] : []
  }
  const memberships = caller.kind === 'user' ? await membershipsOf(database, caller.user.id, mostWorkspaces) : []
  if (!isOperator(caller)) return memberships.map((each) => show(each, each.role, scopesOfRole(each.role)))
  const roleIn = new Map(memberships.map(({ id, role }) => [id, role]))
  const all = await listWorkspaces(database, { before: null, limit: mostWorkspaces })
  return all.map((each) => show(each, roleIn.get(each.id) ?? null, keyScopes))
}

function showUser({ id, name, email, twoFactorEnabled }: User) {
  return { id: toTypeId(idPrefix.user, id), name, email, two_factor_enabled: twoFactorEnabled }
}

function show(
  { id, name, slug }: Pick<Workspace, 'id' | 'name' | 'slug'>,
  role: Role | null,
  scopes: readonly KeyScope[],
) {
  return { id: toTypeId(idPrefix.workspace, id), name, slug, role, scopes }
}
