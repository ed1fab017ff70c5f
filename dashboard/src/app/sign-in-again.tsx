import { useEffect, useState } from 'react'
import { useMe } from '../api/me.ts'
import { queryClient } from '../api/query-client.ts'
import { onExpiredSession } from '../api/sign-in-again.ts'
import { SignInForm } from '../pages/sign-in/sign-in-form.tsx'
import { Dialog } from '../parts/dialog.tsx'

/** Over the page, when a session has ended: nothing that was typed is lost, and the request goes on afterwards. */
export function SignInAgain() {
  const { user } = useMe()
  const [resume, setResume] = useState<(() => void) | null>(null)
  useEffect(
    () =>
      onExpiredSession(
        () =>
          new Promise<void>((resolve) => {
            setResume(() => resolve)
          }),
      ),
    [],
  )
  return (
    <Dialog title="Your session has ended" isOpen={resume !== null} close={() => {}} mustBeAnswered>
      <p>Sign in again to go on where you were.</p>
      <SignInForm
        {...(user && { email: user.email })}
        next={location.pathname + location.search}
        done={() => {
          resume?.()
          setResume(null)
          void queryClient.invalidateQueries()
        }}
      />
    </Dialog>
  )
}
