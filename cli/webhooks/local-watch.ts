import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { localhostLookup } from './localhost.ts'

const every = 1_000
const patience = 2_000

/** Resolves when something listens at the URL's host and port; false: the signal came first. */
export async function untilListening(url: URL, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await isListening(url)) return true
    await sleep(every, undefined, { signal }).catch(() => {})
  }
  return false
}

function isListening({ hostname, port, protocol }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const lookup = localhostLookup(host)
    const place = { host, port: Number(port) || (protocol === 'https:' ? 443 : 80), ...(lookup && { lookup }) }
    const socket = connect({ ...place, timeout: patience })
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    for (const sign of ['error', 'timeout']) socket.once(sign, () => settle(false))
  })
}
