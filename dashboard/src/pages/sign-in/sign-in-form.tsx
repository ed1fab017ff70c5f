import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { Button } from '../../parts/button.tsx'
import { Checkbox, Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'

export const signInMethodsQuery = { queryKey: ['sign-in-methods'], queryFn: () => api.signInMethods.get() } as const

/** E-mail and password, then the second factor if there is one; or the provider. */
export function SignInForm({ done, email: known, next }: { done: () => void; email?: string; next: string }) {
  const [email, setEmail] = useState(known ?? '')
  const [password, setPassword] = useState('')
  const [needsCode, setNeedsCode] = useState(false)
  const { error, isBusy, run } = useRunning()

  if (needsCode) return <CodeForm done={done} back={() => setNeedsCode(false)} />
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) =>
        run(event, async () => {
          const answer = await callAuth<{ twoFactorRedirect?: boolean }>('POST', '/sign-in/email', { email, password })
          if (answer.twoFactorRedirect) setNeedsCode(true)
          else done()
        })
      }
    >
      <Field label="E-mail">
        <Input
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label="Password">
        <Input
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      {error !== null && <Notice kind="bad">{error}</Notice>}
      <Button type="submit" look="primary" isBusy={isBusy}>
        Sign in
      </Button>
      <Provider next={next} />
    </form>
  )
}

function CodeForm({ done, back }: { done: () => void; back: () => void }) {
  const [code, setCode] = useState('')
  const [isBackup, setIsBackup] = useState(false)
  const { error, isBusy, run } = useRunning()
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) =>
        run(event, async () => {
          const path = isBackup ? '/two-factor/verify-backup-code' : '/two-factor/verify-totp'
          await callAuth('POST', path, { code: code.replaceAll(' ', '') })
          done()
        })
      }
    >
      <Field label={isBackup ? 'Backup code' : 'Code of your authenticator app'}>
        <Input
          name="code"
          inputMode={isBackup ? 'text' : 'numeric'}
          autoComplete="one-time-code"
          required
          autoFocus
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </Field>
      <Checkbox label="Use a backup code" checked={isBackup} onChange={(event) => setIsBackup(event.target.checked)} />
      {error !== null && <Notice kind="bad">{error}</Notice>}
      <div className="flex gap-2">
        <Button type="submit" look="primary" isBusy={isBusy}>
          Verify
        </Button>
        <Button onClick={back}>Back</Button>
      </div>
    </form>
  )
}

function Provider({ next }: { next: string }) {
  const { data } = useQuery(signInMethodsQuery)
  const { error, isBusy, run } = useRunning()
  if (!data?.provider) return null
  const { id, name } = data.provider
  return (
    <>
      {error !== null && <Notice kind="bad">{error}</Notice>}
      <Button
        isBusy={isBusy}
        onClick={(event) =>
          run(event, async () => {
            const body = { provider: id, callbackURL: next, errorCallbackURL: '/sign-in' }
            const { url } = await callAuth<{ url: string }>('POST', '/sign-in/social', body)
            location.assign(url)
          })
        }
      >
        Continue with {name}
      </Button>
    </>
  )
}

/** One thing at a time, and what was wrong with it. */
export function useRunning(): {
  error: string | null
  isBusy: boolean
  run: (event: Pick<FormEvent, 'preventDefault'>, work: () => Promise<void>) => void
} {
  const [error, setError] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const start = async (work: () => Promise<void>) => {
    setIsBusy(true)
    try {
      await work()
      setError(null)
    } catch (failed) {
      setError(explain(failed))
    } finally {
      setIsBusy(false)
    }
  }
  return {
    error,
    isBusy,
    run(event, work) {
      event.preventDefault()
      if (!isBusy) void start(work)
    },
  }
}
