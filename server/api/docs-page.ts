import { hash } from 'node:crypto'
import { catalogue } from '../errors.ts'
import { ordinaryBodyBytes } from './body.ts'
import { accessSentence, SentEvent } from './openapi.ts'
import type { Route } from './route.ts'

/** As much of a JSON Schema as the page shows. */
interface Shape {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly examples?: readonly unknown[]
  readonly default?: unknown
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#d5dae1, #39414d); --soft: light-dark(#f3f5f8, #1b2028);
  --text: light-dark(#1a2029, #e4e8ee); --dim: light-dark(#566070, #9aa5b5); --link: light-dark(#0b57c2, #7db2ff);
  --page: light-dark(#ffffff, #12161c); }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: 1rem; background: var(--page); padding: .5rem 1rem; }
.layout { display: grid; grid-template-columns: 19rem minmax(0, 1fr); max-width: 84rem; margin: 0 auto; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line);
  font-size: .875rem; }
nav h2 { font-size: .875rem; margin: 1.25rem 0 .25rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: block; padding: .15rem .25rem; text-decoration: none; }
nav li a:hover { text-decoration: underline; }
main { padding: 1.5rem 2rem 6rem; min-width: 0; }
h1 { font-size: 1.75rem; } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { margin: 2.5rem 0 .25rem; font-size: 1.0625rem; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto; }
.request { overflow-wrap: anywhere; } .method { font-weight: 700; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
td:first-child { overflow-wrap: anywhere; }
.dim { color: var(--dim); }
@media (max-width: 55rem) { .layout { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
`

export const docsHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
}

/** The whole page: static HTML without any script. */
export function docsPage(routes: readonly Route[], publicUrl: string): string {
  const groups = [...Map.groupBy(routes, ({ tag }) => tag)]
  const menu = groups.map(([tag, inGroup]) => {
    const entries = inGroup.map((route) => `<li><a href="#${anchor(route)}">${escapeHtml(route.summary)}</a></li>`)
    return `<h2>${escapeHtml(tag)}</h2><ul>${entries.join('')}</ul>`
  })
  const sections = groups.map(([tag, inGroup]) => {
    return `<h2>${escapeHtml(tag)}</h2>${inGroup.map((route) => section(route, publicUrl)).join('')}`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Atlas Webhooks API</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<div class="layout">
<nav aria-label="Routes"><ul><li><a href="#conventions">Conventions</a></li><li><a href="#receiving">Receiving</a></li><li><a href="#errors">Errors</a></li></ul>${menu.join('')}</nav>
<main id="content">
<h1>Atlas Webhooks API</h1>
<p>The same as <a href="/openapi.json">OpenAPI 3.1</a>, for people.</p>
${conventions(publicUrl)}
${receiving()}
${errors()}
${sections.join('')}
</main>
</div>
</body>
</html>
`
}

function conventions(publicUrl: string): string {
  return `<h2 id="conventions">Conventions</h2>
<p>JSON in UTF-8 over HTTP. Every request but those for health and this description carries a key. The operator key may do
everything. A key of a workspace acts in its workspace alone, with its scopes: <code>publish</code>, <code>read</code>,
<code>manage</code>. They are independent, except that <code>manage</code> includes <code>read</code>. What belongs to
another workspace answers as if it did not exist.</p>
${code(`curl ${publicUrl}/v1/workspaces -H "Authorization: Bearer $ATLAS_KEY"`)}
<p><code>{workspace}</code> is an id (<code>ws_…</code>) or a slug. Lists answer with <code>data</code> and
<code>next_cursor</code>, newest first; pass the cursor on as <code>?cursor=</code> until it is <code>null</code>. Times are
ISO 8601, except that <code>created</code> in an event is in Unix seconds. Fields that are not known are refused.
A body holds at most ${ordinaryBodyBytes / 1024} KiB, unless it publishes, and nests at most 64 levels deep.</p>`
}

function receiving(): string {
  const { properties = {} } = SentEvent as Shape
  return `<h2 id="receiving">Receiving</h2>
<p>Each event is sent as one POST to each endpoint that wants it, with the headers <code>Atlas-Event</code>,
<code>Atlas-Delivery</code>, <code>Atlas-Attempt</code>, <code>Atlas-Sequence</code> and <code>Atlas-Signature</code>, and with
those of Standard Webhooks beside them. Verify the signature over the raw body, with a tolerance of 5 minutes, and answer
with any 2xx. An event may arrive more than once: <code>Atlas-Delivery</code> is the same each time.</p>
${fields(properties, Object.keys(properties))}`
}

function errors(): string {
  const rows = Object.entries(catalogue).map(
    ([name, { status, title }]) =>
      `<tr><td><code>${name}</code></td><td>${status}</td><td>${escapeHtml(title)}</td></tr>`,
  )
  return `<h2 id="errors">Errors</h2>
<p>Every failure is <code>application/problem+json</code> (RFC 9457) with <code>type</code>, <code>title</code>,
<code>status</code>, <code>code</code>, <code>detail</code>, and for faults in a request <code>errors</code>, a list of
<code>path</code> and <code>message</code>. Programs go by the code.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function section(route: Route, publicUrl: string): string {
  const { method, path, summary, description, query, body, responses } = route
  const scopeText = accessSentence(route)
  const parts = [
    `<h3 id="${anchor(route)}">${escapeHtml(summary)}</h3>`,
    `<p class="request"><code><span class="method">${method}</span> ${escapeHtml(path)}</code></p>`,
    description === undefined ? '' : `<p>${prose(description)}</p>`,
    scopeText === undefined ? '' : `<p class="dim">${prose(scopeText)}</p>`,
    code(curl(route, publicUrl)),
    query ? `<p>Query</p>${objectFields(query as Shape)}` : '',
    body ? `<p>Body</p>${objectFields(body as Shape)}` : '',
    ...Object.entries(responses).map(([status, answer]) => {
      const shape = answer.schema as Shape | undefined
      const open = `<p><strong>${status}</strong> ${prose(answer.description)}</p>`
      return shape?.properties ? `${open}<details><summary>Fields</summary>${objectFields(shape)}</details>` : open
    }),
  ]
  return parts.join('\n')
}

function objectFields({ properties = {}, required = [] }: Shape): string {
  return fields(properties, required)
}

function fields(properties: Readonly<Record<string, Shape>>, required: readonly string[]): string {
  const rows = Object.entries(properties).flatMap(([name, shape]) => rowsOf(name, shape, required.includes(name)))
  if (rows.length === 0) return ''
  return `<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function rowsOf(name: string, shape: Shape, required: boolean): string[] {
  const notes = [
    shape.description === undefined ? '' : prose(shape.description),
    shape.default === undefined ? '' : `<span class="dim">Default ${escapeHtml(JSON.stringify(shape.default))}.</span>`,
  ]
  const type = `${escapeHtml(typeName(shape))}${required ? '' : ' <span class="dim">optional</span>'}`
  const row = `<tr><td><code>${escapeHtml(name)}</code></td><td>${type}</td><td>${notes.join(' ')}</td></tr>`
  const inner = shape.properties ? shape : shape.items?.properties ? shape.items : undefined
  const prefix = shape.properties ? `${name}.` : `${name}[].`
  if (inner?.properties === undefined) return [row]
  const below = Object.entries(inner.properties)
  return [row, ...below.flatMap(([field, of]) => rowsOf(prefix + field, of, inner.required?.includes(field) ?? false))]
}

function typeName(shape: Shape): string {
  if (shape.enum) return shape.enum.map(String).join(' | ')
  if (shape.const !== undefined) return JSON.stringify(shape.const)
  if (shape.anyOf) return shape.anyOf.map(typeName).join(' | ')
  if (shape.type === 'array') return `${shape.items ? typeName(shape.items) : 'any'}[]`
  if (shape.type === undefined) return 'any'
  return [shape.type].flat().join(' | ')
}

function curl({ method, path, scope, body }: Route, publicUrl: string): string {
  const url = `${publicUrl}${path.replace('{workspace}', 'default').replaceAll(/\{(\w+)\}/g, (_, name) => `$${String(name).toUpperCase()}`)}`
  const example = (body as Shape | undefined)?.examples?.[0]
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}"${url}"`,
    ...(scope === 'public' ? [] : ['-H "Authorization: Bearer $ATLAS_KEY"']),
    ...(example === undefined
      ? []
      : ['-H "Content-Type: application/json"', `-d '${JSON.stringify(example).replaceAll("'", "'\\''")}'`]),
  ]
  return lines.join(' \\\n  ')
}

function anchor({ method, path }: Route): string {
  return `${method}${path}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '')
}

/** A scrollable region must be reachable by keyboard. */
function code(text: string): string {
  return `<pre tabindex="0">${escapeHtml(text)}</pre>`
}

function prose(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
