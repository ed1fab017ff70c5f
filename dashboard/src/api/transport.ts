import { AtlasError, ConnectionError, toApiError, UnauthorizedError } from '@atlas-webhooks/sdk/src/api-error.ts'
import type { IdempotentCallOptions } from '@atlas-webhooks/sdk/src/call-options.ts'
import { List, type Page } from '@atlas-webhooks/sdk/src/list.ts'
import type { ApiCall, Calls } from '@atlas-webhooks/sdk/src/transport.ts'
import { isPortal, portalToken } from './session.ts'
import { signInAgain } from './sign-in-again.ts'

/** The calls of the SDK's clients, made by a browser: with the session's cookie, or with the portal's token. */
export class BrowserTransport implements Calls {
  async json<Answer>(call: ApiCall, options: IdempotentCallOptions): Promise<Answer> {
    return await (await send(call, options)).json()
  }

  async text(call: ApiCall, options: IdempotentCallOptions): Promise<string> {
    return await (await send(call, options)).text()
  }

  /** With a body that is JSON text already. */
  async written<Answer>(call: Omit<ApiCall, 'body'>, body: string, options: IdempotentCallOptions): Promise<Answer> {
    return await (await send(call, options, body)).json()
  }

  async nothing(call: ApiCall, options: IdempotentCallOptions): Promise<void> {
    await send(call, options)
  }

  list<Item>(call: ApiCall, options: IdempotentCallOptions): List<Item> {
    return new List((cursor) => {
      const query = { ...call.query, ...(cursor !== undefined && { cursor }) }
      return this.json<Page<Item>>({ ...call, query }, options)
    })
  }

  // biome-ignore lint/correctness/useYield: exports are downloaded by the browser, as files
  async *lines<Line>(): AsyncGenerator<Line, void, undefined> {
    throw new Error('the dashboard reads no stream of lines')
  }
}

async function send(call: ApiCall, options: IdempotentCallOptions, written?: string): Promise<Response> {
  const request = () => withToken(new Request(urlOf(call, options.workspace), init))
  const init = initOf(call, options, written ?? (call.body ? JSON.stringify(call.body) : null))
  try {
    return await answerTo(request())
  } catch (error) {
    // What was typed is still there: whoever is at the keyboard signs in, and the same request is made again.
    const again = error instanceof UnauthorizedError ? signInAgain() : null
    if (again === null) throw error
    await again
    return await answerTo(request())
  }
}

async function answerTo(request: Request): Promise<Response> {
  try {
    const response = await fetch(request)
    if (response.ok) return response
    throw toApiError(response, await response.text())
  } catch (error) {
    if (error instanceof AtlasError || request.signal.aborted) throw error
    throw new ConnectionError('The server does not answer. Is it running, and are you online?', { cause: error })
  }
}

/** With the one of the newest link: the one before it may have expired since the call was made. */
function withToken(request: Request): Request {
  const token = portalToken()
  if (token !== null) request.headers.set('authorization', `Bearer ${token}`)
  return request
}

function initOf(
  { method, takesIdempotencyKey }: ApiCall,
  { signal, idempotencyKey }: IdempotentCallOptions,
  body: string | null,
): RequestInit {
  const headers = new Headers({ accept: 'application/json' })
  if (body !== null) headers.set('content-type', 'application/json')
  if (takesIdempotencyKey) headers.set('idempotency-key', idempotencyKey ?? randomKey())
  const credentials = isPortal ? 'omit' : 'same-origin'
  return { method, headers, credentials, signal: signal ?? null, body }
}

function urlOf({ path, ids = {}, query = {} }: ApiCall, workspace: string | undefined): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = ids[name] ?? (name === 'workspace' ? workspace : undefined)
    if (!value) throw new TypeError(`${name} is missing`)
    return encodeURIComponent(value)
  })
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') {
      parameters.set(name, value instanceof Date ? value.toISOString() : String(value))
    }
  }
  return new URL(parameters.size > 0 ? `${filled}?${parameters}` : filled, location.origin).href
}

/** Not randomUUID: browsers have that on https and on localhost only. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
