import { lazy, Suspense, useEffect, useState } from 'react'
import { onExpiredSession } from '../api/sign-in-again.ts'
import { loadLater } from '../parts/load-later.ts'

const load = loadLater(() => import('./sign-in-again-dialog.tsx'))
const SignInAgainDialog = lazy(() => load().then((module) => ({ default: module.SignInAgainDialog })))

/** Over the page, when a session has ended: nothing that was typed is lost, and the request goes on afterwards. */
export function SignInAgain() {
  const [resume, setResume] = useState<(() => void) | null>(null)
  useEffect(() => onExpiredSession(() => new Promise<void>((resolve) => setResume(() => resolve))), [])
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
