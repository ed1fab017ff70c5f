import { useMe } from '../api/me.ts'

/** Who is signed in. */
export function AccountMenu() {
  const me = useMe()
  return <span className="px-2 text-dim">{me.kind}</span>
}
