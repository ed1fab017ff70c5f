import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { queryClient } from '../../api/query-client.ts'
import { ActionForm } from '../../parts/action-form.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { NewPasswordField } from '../../parts/new-password-field.tsx'
import { toast } from '../../parts/toast.ts'

/** Ends all other sessions, since whoever changes a password may have a reason. */
export function PasswordForm() {
  const [currentPassword, setCurrent] = useState('')
  const [newPassword, setNew] = useState('')
  const change = async () => {
    await callAuth('POST', '/change-password', { currentPassword, newPassword, revokeOtherSessions: true })
    void queryClient.invalidateQueries({ queryKey: ['sessions'] })
    setCurrent('')
    setNew('')
    toast('The password was changed; other sessions were ended.')
  }
  return (
    <ActionForm act={change} button={{ children: 'Change password' }}>
      <Field label="Current password">
        <Input
          type="password"
          autoComplete="current-password"
          required
          value={currentPassword}
          onChange={(event) => setCurrent(event.target.value)}
        />
      </Field>
      <NewPasswordField value={newPassword} change={setNew} />
    </ActionForm>
  )
}
