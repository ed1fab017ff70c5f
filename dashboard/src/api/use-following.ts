import { useRef } from 'react'
import { type Followed, nextLook } from './next-look.ts'

/**
 * For `refetchInterval`: what still happens to deliveries is followed, as closely as it deserves. A tab that is hidden
 * asks for nothing, and for all it missed when it is shown.
 */
export function useFollowing<Data>(deliveriesOf: (data: Data) => readonly Followed[]) {
  const seen = useRef<{ data: Data | undefined; at: number }>({ data: undefined, at: 0 })
  return ({ state: { data } }: { state: { data: Data | undefined } }): number | false => {
    if (data === undefined) return false
    const now = Date.now()
    // Data that is the same again is the same object.
    if (seen.current.data !== data) seen.current = { data, at: now }
    return nextLook(deliveriesOf(data), seen.current.at, now)
  }
}
