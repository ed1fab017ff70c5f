import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { pathOf } from './url-path.ts'

// Only files of this server, nothing inline: what customers' payloads and receivers' answers hold cannot run.
const contentSecurityPolicy = (images: string, ancestors: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data:${images}`,
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${ancestors}`,
  ].join('; ')

const pageHeaders = {
  'cache-control': 'no-cache',
  'content-security-policy': contentSecurityPolicy('', "'none'"),
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
  // Of other sites, that is: our own writes are told by their origin.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** The customer portal shows the logo of a product, and may be shown by that product's pages. */
function portalHeaders({ portalLogoUrl, portalOrigins }: PortalSettings) {
  const logo = portalLogoUrl === null ? '' : ` ${new URL(portalLogoUrl).origin}`
  const ancestors = portalOrigins.length > 0 ? portalOrigins.join(' ') : "'none'"
  return { ...pageHeaders, 'content-security-policy': contentSecurityPolicy(logo, ancestors) }
}

type PortalSettings = Pick<Config, 'portalLogoUrl' | 'portalOrigins'>

const inPortal = /^\/portal(\/|$)/
const notForPeople = /^\/(v1|auth|assets|\.well-known)(\/|$)/

/** The built files of the dashboard: one page for all its addresses, and the assets that it names. */
export class Dashboard {
  readonly #directory: string
  readonly #page: string
  readonly #portalHeaders: Readonly<Record<string, string>>

  private constructor(directory: string, portal: PortalSettings) {
    this.#portalHeaders = portalHeaders(portal)
    this.#directory = directory
    this.#page = readFileSync(join(directory, 'index.html'), 'utf8')
  }

  /** null: it was not built. */
  static in(directory: string, portal: PortalSettings): Dashboard | null {
    return existsSync(join(directory, 'index.html')) ? new Dashboard(directory, portal) : null
  }

  /** Their names hold a hash of what they are, so a browser asks for each once. */
  serveAssets(app: FastifyInstance): void {
    void app.register(fastifyStatic, {
      root: join(this.#directory, 'assets'),
      prefix: '/assets/',
      ...{ index: false, decorateReply: false, preCompressed: true, immutable: true, maxAge: '365d' },
      setHeaders: (reply) => {
        reply.header('x-content-type-options', 'nosniff')
      },
    })
  }

  /** Whether a request that no route is for comes from somebody who looks at pages. */
  isAskedBy({ method, url, headers }: FastifyRequest): boolean {
    const reads = method === 'GET' || method === 'HEAD'
    return reads && (headers.accept ?? '').includes('text/html') && !notForPeople.test(pathOf(url))
  }

  answer({ url }: FastifyRequest, reply: FastifyReply): void {
    const headers = inPortal.test(pathOf(url)) ? this.#portalHeaders : pageHeaders
    void reply.code(200).headers(headers).type('text/html; charset=utf-8').send(this.#page)
  }
}
