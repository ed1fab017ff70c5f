import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { callAuth } from '../../api/auth.ts'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { forgetMe } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { NewPasswordField } from '../../parts/new-password-field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { useForm } from '../../parts/use-form.ts'
import { Entrance } from './entrance.tsx'
import { SignInForm } from './sign-in-form.tsx'
import { takeToken } from './token.ts'

const token = takeToken() ?? ''

export function InvitationPage() {
  const router = useRouter()
  const { data, error } = useQuery({
    queryKey: ['invitation'],
    queryFn: () => api.invitations.look({ token }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const enter = async () => {
    await forgetMe()
    router.history.replace('/')
  }
  if (error) {
    return (
      <Entrance title="Invitation">
        <Notice kind="bad">{explain(error)}</Notice>
      </Entrance>
    )
  }
  if (!data) {
    return (
      <Entrance title="Invitation">
        <Loading lines={3} />
      </Entrance>
    )
  }
  return (
    <Entrance title={`Join ${data.workspace}`}>
      <p>
        {data.invited_by} invited <strong>{data.email}</strong> as {data.role}.
      </p>
      {data.has_account ? (
        <WithAccount email={data.email} enter={enter} />
      ) : (
        <NewAccount email={data.email} enter={enter} />
      )}
    </Entrance>
  )
}

function WithAccount({ email, enter }: { email: string; enter: () => Promise<void> }) {
  const accept = async () => {
    await api.invitations.accept({ token })
    await enter()
  }
  return (
    <>
      <p className="text-dim">Sign in to accept.</p>
      <SignInForm email={email} next="/" done={accept} />
    </>
  )
}

function NewAccount({ email, enter }: { email: string; enter: () => Promise<void> }) {
  const form = useForm({ name: '', password: '' }, ['name', 'password'], async (account) => {
    await api.invitations.accept({ token, ...account })
    await callAuth('POST', '/sign-in/email', { email, password: account.password })
    await enter()
  })
  return (
    <form className="flex flex-col gap-4" onSubmit={form.submit}>
      <Field label="Your name" error={form.error('name')}>
        <Input
          required
          autoComplete="name"
          value={form.values.name}
          onChange={(event) => form.set('name', event.target.value)}
        />
      </Field>
      <NewPasswordField
        label="Password"
        error={form.error('password')}
        value={form.values.password}
        change={(password) => form.set('password', password)}
      />
      {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
      <Button type="submit" look="primary" isBusy={form.isBusy}>
        Make an account and join
      </Button>
    </form>
  )
}
