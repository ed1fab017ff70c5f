import { Failure, UsageError } from '../usage-error.ts'
import { TunnelRefused, TunnelUnreachable } from './tunnel-client.ts'

/** The options that set what the server judges. */
const optionOf: Readonly<Record<string, string>> = {
  types: '--events',
  filter: '--filter',
  headers: '--headers',
  forward_to: '--forward-to',
}

/** What to say about a connection that did not come about: a `UsageError` where what was typed is at fault. */
export function tunnelFailure(error: unknown, server: string): unknown {
  if (error instanceof TunnelUnreachable) {
    return new Failure(`cannot reach ${server}: ${error.message}; is the server running, and is this its address?`)
  }
  if (!(error instanceof TunnelRefused)) return error
  const { message, code, status, errors } = error
  if (code === 'validation_failed' && errors.length > 0) {
    return new UsageError(errors.map(({ path, message: fault }) => `${optionFor(path)} ${fault}`).join('; '))
  }
  if (code === 'unknown') return new Failure(`what answered was not Atlas: ${status}`)
  const told = message.replace(/\.$/, '')
  if (status === 401) return new Failure(`${told}: run "atlas login", or set ATLAS_KEY to another one`)
  if (status === 404 && !/workspace/.test(told))
    return new Failure('this server has no tunnels: is it of an older version?')
  return new Failure(told)
}

function optionFor(path: string): string {
  const [field = '', ...below] = path.split('.')
  const option = optionOf[field] ?? field
  return [`${option}:`, ...(field === 'headers' ? below : [])].join(' ')
}
