import type { LookupFunction } from 'node:net'

const loopback = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/**
 * For connections to `localhost`: both of its addresses are tried, whatever the machine's list of hosts says, since some
 * servers listen on one of them only. undefined: any other name is looked up as ever.
 */
export function localhostLookup(hostname: string): LookupFunction | undefined {
  if (!/^(?:.+\.)?localhost$/i.test(hostname)) return undefined
  return (_hostname, { all }, callback) => {
    if (all) callback(null, loopback)
    else callback(null, '127.0.0.1', 4)
  }
}
