import { useMe } from '../api/me.ts'
import { queryClient } from '../api/query-client.ts'
import { SignInForm } from '../pages/sign-in/sign-in-form.tsx'
import { Dialog } from '../parts/dialog.tsx'

export function SignInAgainDialog({ done }: { done: () => void }) {
  const { user } = useMe()
  return (
    <Dialog title="Your session has ended" isOpen close={() => {}} mustBeAnswered>
      <p>Sign in again to go on where you were.</p>
      <SignInForm
        {...(user && { email: user.email })}
        next={location.pathname + location.search}
        done={() => {
          done()
          void queryClient.invalidateQueries()
        }}
      />
    </Dialog>
  )
}
