import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { ActionForm } from '../../parts/action-form.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { Entrance } from './entrance.tsx'
import { signInMethodsQuery } from './sign-in-form.tsx'

/** Asks for a link by mail. What the page says is the same whether there is such an account or not. */
export function ForgottenPasswordPage() {
  const { data, error, refetch } = useQuery(signInMethodsQuery)
  return (
    <Entrance title="Forgot your password?">
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : data.password_mails ? (
        <AskForm />
      ) : (
        <p>
          This server sends no mails. Whoever runs it can make a link for you, under <em>Settings</em>, <em>Members</em>{' '}
          or with <code>POST /v1/password-links</code>: ask them.
        </p>
      )}
      <Link to="/sign-in" className="text-dim underline">
        Back to sign-in
      </Link>
    </Entrance>
  )
}

function AskForm() {
  const [email, setEmail] = useState('')
  const [asked, setAsked] = useState<string | null>(null)
  if (asked !== null) {
    return (
      <Notice kind="good">
        If there is an account for {asked}, a mail is on its way to it. Its link works once, within 30 minutes. Look
        into the spam folder, too.
      </Notice>
    )
  }
  const ask = async () => {
    await callAuth('POST', '/forgotten-password', { email })
    setAsked(email)
  }
  return (
    <ActionForm act={ask} button={{ children: 'Send the link', look: 'primary', className: 'grow' }}>
      <Field label="E-mail" hint="You get a link that sets a new password.">
        <Input
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
    </ActionForm>
  )
}
