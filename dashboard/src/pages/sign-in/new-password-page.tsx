import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { forgetMe } from '../../api/me.ts'
import { ActionForm } from '../../parts/action-form.tsx'
import { buttonClass } from '../../parts/button.tsx'
import { NewPasswordField } from '../../parts/new-password-field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Entrance } from './entrance.tsx'
import { takeToken } from './token.ts'

const token = takeToken()

/** What a mailed link leads to, or one that the operator has made. */
export function NewPasswordPage() {
  const [newPassword, setNewPassword] = useState('')
  const [isDone, setIsDone] = useState(false)
  const set = async () => {
    await callAuth('POST', '/reset-password', { token, newPassword })
    await forgetMe()
    setIsDone(true)
  }
  if (isDone) {
    return (
      <Entrance title="Your password is set">
        <p>You were signed out everywhere. Sign in with the new password now.</p>
        <Link to="/sign-in" className={buttonClass('primary')}>
          Sign in
        </Link>
      </Entrance>
    )
  }
  return (
    <Entrance title="Set a new password">
      {token === null ? (
        <Notice kind="bad">The link is not whole: open it from the mail once more.</Notice>
      ) : (
        <ActionForm act={set} button={{ children: 'Set the password', look: 'primary', className: 'grow' }}>
          <NewPasswordField value={newPassword} change={setNewPassword} />
        </ActionForm>
      )}
      <Link to="/forgot-password" className="text-dim underline">
        Ask for another link
      </Link>
    </Entrance>
  )
}
