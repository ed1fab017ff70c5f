import { Type } from 'typebox'
import { type KeyScope, keyScopes } from '../domain/api-key.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import type { Workspace } from '../domain/workspace.ts'
import { findWorkspace, listWorkspaces } from '../storage/workspace.ts'
import { scopesOf, workspaceOf } from './access.ts'
import { defineRoute, ok, type Route } from './route.ts'
import { nullable } from './schema.ts'
import type { Services } from './services.ts'

const mostWorkspaces = 200

const IdentityAnswer = Type.Object(
  {
    kind: Type.Enum(['operator', 'key', 'portal'], { description: 'What was sent to say who one is.' }),
    operator: Type.Boolean({ description: 'Whether everything may be done, in every workspace.' }),
    workspaces: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          name: Type.String(),
          slug: nullable(Type.String()),
          scopes: Type.Array(Type.Enum(keyScopes), { description: 'What may be done in it.' }),
        },
        { title: 'IdentityWorkspace' },
      ),
      { description: `At most ${mostWorkspaces}, the newest first; an operator may have more.` },
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
        if (caller.kind === 'operator') {
          const workspaces = await listWorkspaces(database, { before: null, limit: mostWorkspaces })
          const shown = workspaces.map((workspace) => show(workspace, keyScopes))
          return ok({ kind: 'operator', operator: true, workspaces: shown })
        }
        const workspace = await findWorkspace(database, { id: workspaceOf(caller) })
        const scopes = scopesOf(caller)
        // The slug is the operator's name for it.
        const seen = workspace && caller.kind === 'portal' ? { ...workspace, slug: null } : workspace
        return ok({ kind: caller.kind, operator: false, workspaces: seen ? [show(seen, scopes)] : [] })
      },
    }),
  ]
}

function show({ id, name, slug }: Workspace, scopes: readonly KeyScope[]) {
  return { id: toTypeId(idPrefix.workspace, id), name, slug, scopes }
}
