import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { meQuery } from './api/me.ts'
import { answersAreHere, queryClient } from './api/query-client.ts'
import { signedInRoute } from './app/routes.tsx'
import { applyTheme } from './app/theme.ts'
import { router } from './router.tsx'
import './styles.css'

// While a server takes longer, there are skeletons.
const mostMs = 400

applyTheme()
// Who is signed in and the code of the page are fetched together, not one after the other.
for (const { routeId } of router.matchRoutes(router.latestLocation)) {
  if (routeId === signedInRoute.id) void queryClient.prefetchQuery(meQuery)
  const route = router.routesById[routeId as keyof typeof router.routesById]
  // What fails here is asked for again by the router, which says so.
  if (route) router.loadRouteChunk(route)?.catch(() => {})
}

const root = document.getElementById('root')
if (!root) throw new Error('the page has no place for the dashboard')
// Until the first drawing nobody else listens to the browser's back button.
const forgetHistory = router.history.subscribe(() => void router.load())
const forgetDrawing = router.subscribe('onRendered', () => {
  forgetHistory()
  forgetDrawing()
})
// The page is drawn once, with what was asked for meanwhile, and not first without: drawing is what takes long.
const patience = new Promise((resolve) => setTimeout(resolve, mostMs))
void Promise.race([router.load().then(answersAreHere), patience]).finally(() =>
  createRoot(root).render(
    <StrictMode>
      {/* The server allows no inline style elements; what they would say is in styles.css. */}
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  ),
)
