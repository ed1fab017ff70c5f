import { Link, useRouter, useSearch } from '@tanstack/react-router'
import { forgetMe } from '../../api/me.ts'
import { Notice } from '../../parts/notice.tsx'
import { Entrance } from './entrance.tsx'
import { providerFailure } from './provider-failure.ts'
import { SignInForm } from './sign-in-form.tsx'

export function SignInPage() {
  const { next, error } = useSearch({ from: '/sign-in' })
  const router = useRouter()
  // Another site must not be able to send people here and have them come out elsewhere.
  const target = next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\') ? next : '/'
  return (
    <Entrance title="Sign in to Atlas">
      {error !== undefined && <Notice kind="bad">{providerFailure(error)}</Notice>}
      <SignInForm
        next={target}
        done={async () => {
          await forgetMe()
          router.history.push(target)
        }}
      />
      <Link to="/forgot-password" className="text-dim underline">
        Forgot your password?
      </Link>
      <p className="text-dim text-xs">
        No account yet? Members are invited. Whoever runs the server finds a link in what <code>npm start</code> prints,
        or makes one with <code>POST /v1/sign-in-links</code>.
      </p>
    </Entrance>
  )
}
