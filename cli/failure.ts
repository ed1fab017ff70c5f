import { ApiError, AtlasError, ConnectionError, TimeoutError, UnauthorizedError } from '@atlas-webhooks/sdk'
import { CommanderError } from 'commander'
import { Failure, UsageError } from './usage-error.ts'

export const exitCodes = { done: 0, failed: 1, usage: 2 } as const

/** What to say about an error, in one line as a rule; null: everything was said. And the code to exit with. */
export interface Verdict {
  readonly exitCode: number
  readonly message: string | null
}

export function judge(error: unknown): Verdict {
  if (error instanceof CommanderError) {
    // It has printed its message, or the help that was asked for.
    return { exitCode: error.exitCode === 0 ? exitCodes.done : exitCodes.usage, message: null }
  }
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, message: error.message }
  const message = error instanceof Failure ? error.message : error instanceof AtlasError ? describe(error) : null
  if (message !== null) return { exitCode: exitCodes.failed, message }
  const stack = error instanceof Error ? error.stack : String(error)
  return { exitCode: exitCodes.failed, message: `this was not to happen: ${stack}` }
}

function describe(error: AtlasError): string {
  if (error instanceof TimeoutError) return `the server does not answer: ${error.message}`
  if (error instanceof ConnectionError) return `${error.message}; is the server running, and is this its address?`
  if (!(error instanceof ApiError)) return error.message
  if (error.code === 'unknown') return `what answered was not Atlas: ${error.status} ${error.detail}`
  const detail = inSentence(error.detail)
  if (error instanceof UnauthorizedError) return `${detail}: run "atlas login", or set ATLAS_KEY to another one`
  return error.errors.length === 0 ? detail : listFaults(error.errors)
}

function listFaults(errors: ApiError['errors']): string {
  const faults = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  const [only = ''] = faults
  return faults.length === 1 ? only : `these are not valid:${faults.map((fault) => `\n  ${fault}`).join('')}`
}

/** As it stands behind "error: ". */
function inSentence(detail: string): string {
  const text = detail.trim().replace(/\.$/, '')
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
