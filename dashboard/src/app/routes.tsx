import { NotFoundError, UnauthorizedError } from '@atlas-webhooks/sdk/src/api-error.ts'
import { createRootRoute, createRoute, lazyRouteComponent, notFound, Outlet, redirect } from '@tanstack/react-router'
import { meQuery, otherWorkspaceQuery, workspaceNamed } from '../api/me.ts'
import { queryClient } from '../api/query-client.ts'
import { isPortal } from '../api/session.ts'
import { applyBranding } from '../portal/branding.ts'
import { PortalTrouble } from '../portal/expired.tsx'
import { isPortalAddress } from '../portal/pages.ts'
import { NotFound } from './not-found.tsx'
import { Shell } from './shell.tsx'
import { Trouble } from './trouble.tsx'

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: isPortal ? PortalTrouble : Trouble,
  ...(isPortal && {
    beforeLoad: async ({ location }: { location: { pathname: string } }) => {
      await applyBranding()
      if (!isPortalAddress(location.pathname)) throw notFound()
    },
  }),
})

/** All pages for which one has to be known. */
export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  component: isPortal ? lazyRouteComponent(() => import('../portal/portal-shell.tsx'), 'PortalShell') : Shell,
  errorComponent: isPortal ? PortalTrouble : Trouble,
  beforeLoad: async ({ location }) => {
    try {
      return { me: await queryClient.ensureQueryData(meQuery) }
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || isPortal) throw error
      throw redirect({ to: '/sign-in', search: { next: location.href } })
    }
  },
})

export const homeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  beforeLoad: ({ context: { me } }) => {
    const [first] = me.workspaces
    if (first)
      throw redirect({
        to: isPortal ? '/w/$workspace/endpoints' : '/w/$workspace',
        params: { workspace: first.slug ?? first.id },
      })
    if (me.operator) throw redirect({ to: '/operator' })
  },
  component: lazyRouteComponent(() => import('./no-workspace.tsx'), 'NoWorkspace'),
})

/** The pages of a workspace. */
export const workspaceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/w/$workspace',
  component: Outlet,
  notFoundComponent: NotFound,
  beforeLoad: async ({ context: { me }, params: { workspace } }) => {
    const listed = workspaceNamed(me, workspace)
    if (listed) return { workspaceId: listed.id }
    if (!me.operator) throw notFound()
    try {
      const { id } = await queryClient.ensureQueryData(otherWorkspaceQuery(workspace))
      return { workspaceId: id }
    } catch (error) {
      throw error instanceof NotFoundError ? notFound() : error
    }
  },
})

/** The pages of who runs the service. */
export const operatorRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/operator',
  component: Outlet,
  beforeLoad: ({ context: { me } }) => {
    if (!me.operator) throw notFound()
  },
})
