import { lazy, Suspense, useEffect, useState } from 'react'
import { onExpiredSession } from '../api/sign-in-again.ts'

const load = () => import('./sign-in-again-dialog.tsx')
const SignInAgainDialog = lazy(() => load().then((module) => ({ default: module.SignInAgainDialog })))
const afterFirstPaintMs = 3_000

/** Over the page, when a session has ended: nothing that was typed is lost, and the request goes on afterwards. */
export function SignInAgain() {
  const [resume, setResume] = useState<(() => void) | null>(null)
  useEffect(() => {
    // Later the server may be of another version, which has other files.
    const timer = setTimeout(load, afterFirstPaintMs)
    const forget = onExpiredSession(() => new Promise<void>((resolve) => setResume(() => resolve)))
    return () => {
      clearTimeout(timer)
      forget()
    }
  }, [])
  return (
    resume && (
      <Suspense>
        <SignInAgainDialog
          done={() => {
            resume()
            setResume(null)
          }}
        />
      </Suspense>
    )
  )
}
