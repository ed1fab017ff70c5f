import { useNavigate } from '@tanstack/react-router'
import { CircleUserRound } from 'lucide-react'
import { callAuth } from '../api/auth.ts'
import { useMe } from '../api/me.ts'
import { queryClient } from '../api/query-client.ts'
import { Button } from '../parts/button.tsx'
import { Menu } from '../parts/menu.tsx'

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
    <Menu
      trigger={
        <Button look="ghost" size="small" aria-label={`Account of ${user.name}`}>
          <CircleUserRound aria-hidden className="size-4" />
          <span className="hidden max-w-40 truncate sm:inline">{user.name}</span>
        </Button>
      }
      items={[
        { label: 'Account', run: () => void navigate({ to: '/account' }) },
        { label: 'Sign out', run: () => void signOut() },
      ]}
    />
  )
}
