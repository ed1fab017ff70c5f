import { Link, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { explain } from '../../api/explain.ts'
import { forgetMe } from '../../api/me.ts'
import { Notice } from '../../parts/notice.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { Entrance } from './entrance.tsx'
import { takeToken } from './token.ts'

const token = takeToken()

/** The link that `npm start` prints. */
export function LinkPage() {
  const router = useRouter()
  const [error, setError] = useState<string | null>(token === null ? 'The link is not whole.' : null)
  useEffect(() => {
    if (token === null) return
    signIn(token).then(
      () => router.history.replace('/'),
      (failed: unknown) => setError(explain(failed)),
    )
  }, [router])
  return (
    <Entrance title="Signing in">
      {error === null ? (
        <Loading lines={2} />
      ) : (
        <Notice kind="bad">
          This link was used, or has expired. {error} Start the server again for another one, or{' '}
          <Link to="/sign-in" className="underline">
            sign in with a password
          </Link>
          .
        </Notice>
      )}
    </Entrance>
  )
}

let signing: Promise<void> | null = null

/** Once, however often the page is drawn: a second try would find the link used. */
function signIn(given: string): Promise<void> {
  signing ??= callAuth('GET', `/magic-link/verify?token=${encodeURIComponent(given)}`).then(forgetMe)
  return signing
}
