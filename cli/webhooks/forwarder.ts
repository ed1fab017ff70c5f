import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { classifyLocalError, type LocalError } from './local-error.ts'
import { localhostLookup } from './localhost.ts'

/** What travels through the tunnel. */
export interface ForwardedRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
}

export interface LocalResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** The first 16 KiB, as UTF-8. */
  readonly body: string
  readonly truncated: boolean
}

export interface LocalFailure {
  readonly error: LocalError
  readonly detail: string
}

export type LocalOutcome = LocalResponse | LocalFailure

// What is kept of a response anywhere in the delivery log.
const keptBodyBytes = 16 * 1024
const maxHeaderSize = 16 * 1024

/**
 * Makes a request to the local server, once, and gives what came of it within the time, whatever that is. Redirects are
 * not followed, as in production; of a name with several addresses, such as localhost, each is tried.
 *
 * @param skipVerify accepts any certificate, such as one that signed itself
 * @param signal ends the request when it aborts
 */
export function forward(
  url: URL,
  { method, headers, body, timeoutMs }: ForwardedRequest,
  { skipVerify, signal }: { readonly skipVerify: boolean; readonly signal: AbortSignal },
): Promise<LocalOutcome> {
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const bytes = Buffer.from(body)
    const lookup = localhostLookup(url.hostname)
    let request: ClientRequest | null = null
    const settle = (outcome: LocalOutcome): void => {
      clearTimeout(deadline)
      resolve(outcome)
      // The rest of an answer may be endless.
      request?.destroy()
    }
    const fail = (error: unknown): void => settle(classifyLocalError(error))
    const deadline = setTimeout(() => {
      settle({ error: 'timeout', detail: `no complete response within ${timeoutMs / 1000} s` })
    }, timeoutMs)
    try {
      request = send(url, {
        ...{ method, maxHeaderSize, signal, agent: false, rejectUnauthorized: !skipVerify },
        ...(lookup && { lookup }),
        headers: { ...headers, 'Content-Length': bytes.length },
      })
    } catch (error) {
      fail(error)
      return
    }
    request.on('error', fail)
    request.on('response', (response) => read(response, settle, fail))
    request.end(bytes)
  })
}

function read(
  response: IncomingMessage,
  settle: (outcome: LocalOutcome) => void,
  fail: (error: unknown) => void,
): void {
  const chunks: Buffer[] = []
  let received = 0
  const done = (): void => {
    const body = Buffer.concat(chunks).subarray(0, keptBodyBytes).toString()
    const { statusCode: status = 0, headers } = response
    const present = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    )
    settle({ status, headers: Object.fromEntries(present), body, truncated: received > keptBodyBytes })
  }
  response.on('data', (chunk: Buffer) => {
    received += chunk.length
    chunks.push(chunk)
    if (received > keptBodyBytes) done()
  })
  response.on('end', done)
  response.on('error', fail)
}
