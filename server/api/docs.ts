import { docsHeaders, docsPage } from './docs-page.ts'
import { defineRoute, type Route } from './route.ts'

/** The API for people, from the table that is served. Rendered once. */
export function docsRoute(routes: readonly Route[], publicUrl: () => string): Route {
  let text: string | null = null
  return defineRoute({
    method: 'GET',
    path: '/docs',
    scope: 'public',
    tag: 'Operation',
    summary: 'The API as a page',
    responses: { 200: { description: 'HTML.', mediaType: 'text/html' } },
    async handle() {
      text ??= docsPage(routes, publicUrl())
      return { status: 200, text, mediaType: 'text/html; charset=utf-8', headers: docsHeaders }
    },
  })
}
