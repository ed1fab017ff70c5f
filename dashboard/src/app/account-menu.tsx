import { useNavigate } from '@tanstack/react-router'
import { CircleUserRound } from 'lucide-react'
import { lazy } from 'react'
import { callAuth } from '../api/auth.ts'
import { useMe } from '../api/me.ts'
import { queryClient } from '../api/query-client.ts'
import { Button, type ButtonProps } from '../parts/button.tsx'
import { loadLater } from '../parts/load-later.ts'
import { LoadedOnClick } from '../parts/loaded-on-click.tsx'

const load = loadLater(() => import('../parts/menu.tsx'))
const Menu = lazy(() => load().then((module) => ({ default: module.Menu })))

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const { user, kind } = useMe()
  const navigate = useNavigate()
  if (!user) return <span className="px-2 text-dim">{kind}</span>
  const signOut = async () => {
    await callAuth('POST', '/sign-out')
    queryClient.clear()
    await navigate({ to: '/sign-in' })
  }
  return (
    <LoadedOnClick button={<Trigger name={user.name} />}>
      <Menu
        trigger={<Trigger name={user.name} />}
        items={[
          { label: 'Account', run: () => void navigate({ to: '/account' }) },
          { label: 'Sign out', run: () => void signOut() },
        ]}
      />
    </LoadedOnClick>
  )
}

function Trigger({ name, ...rest }: ButtonProps & { name: string }) {
  return (
    <Button {...rest} look="ghost" size="small" aria-label={`Account of ${name}`}>
      <CircleUserRound aria-hidden className="size-4" />
      <span className="hidden max-w-40 truncate sm:inline">{name}</span>
    </Button>
  )
}
