import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { ActionForm } from '../../parts/action-form.tsx'
import { NewPasswordField } from '../../parts/new-password-field.tsx'
import { toast } from '../../parts/toast.ts'
import { signInWaysQuery } from './sign-in-ways.ts'

/** For an account that a link has signed in to, and nothing else can. */
export function FirstPassword({ email }: { email: string }) {
  const [newPassword, setNewPassword] = useState('')
  const client = useQueryClient()
  const set = async () => {
    await callAuth('POST', '/set-password', { newPassword })
    toast('The password is set.')
    await client.invalidateQueries({ queryKey: signInWaysQuery.queryKey })
  }
  return (
    <ActionForm act={set} button={{ children: 'Set a password' }}>
      <p className="text-dim">
        There is none yet: a link has signed you in. With one you sign in as {email}, and can set up a second factor.
      </p>
      <NewPasswordField label="Password" value={newPassword} change={setNewPassword} />
    </ActionForm>
  )
}
