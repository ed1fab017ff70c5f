import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { api } from '../../api/client.ts'
import { ActionForm } from '../../parts/action-form.tsx'
import { Button } from '../../parts/button.tsx'
import { Checkbox, Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { useRunning } from '../../parts/use-running.ts'

export const signInMethodsQuery = { queryKey: ['sign-in-methods'], queryFn: () => api.signInMethods.get() } as const

/**
 * E-mail and password, then the second factor if there is one; or the provider.
 *
 * @param done what follows; when it fails, the form says why
 */
export function SignInForm({
  done,
  email: known,
  next,
}: {
  done: () => void | Promise<void>
  email?: string
  next: string
}) {
  const [email, setEmail] = useState(known ?? '')
  const [password, setPassword] = useState('')
  const [needsCode, setNeedsCode] = useState(false)

  if (needsCode) return <CodeForm done={done} back={() => setNeedsCode(false)} />
  const signIn = async () => {
    const answer = await callAuth<{ twoFactorRedirect?: boolean }>('POST', '/sign-in/email', { email, password })
    if (answer.twoFactorRedirect) setNeedsCode(true)
    else await done()
  }
  return (
    <div className="flex flex-col gap-4">
      <ActionForm act={signIn} button={{ children: 'Sign in', look: 'primary', className: 'grow' }}>
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
      </ActionForm>
      <Provider next={next} />
    </div>
  )
}

function CodeForm({ done, back }: { done: () => void | Promise<void>; back: () => void }) {
  const [code, setCode] = useState('')
  const [isBackup, setIsBackup] = useState(false)
  const verify = async () => {
    const path = isBackup ? '/two-factor/verify-backup-code' : '/two-factor/verify-totp'
    await callAuth('POST', path, { code: code.replaceAll(' ', '') })
    await done()
  }
  return (
    <ActionForm
      act={verify}
      button={{ children: 'Verify', look: 'primary' }}
      others={<Button onClick={back}>Back</Button>}
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
    </ActionForm>
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
        onClick={() =>
          run(async () => {
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
