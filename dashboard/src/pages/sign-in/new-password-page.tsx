import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { forgetMe } from '../../api/me.ts'
import { Button, buttonClass } from '../../parts/button.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Entrance } from './entrance.tsx'
import { useRunning } from './sign-in-form.tsx'
import { takeToken } from './token.ts'

const token = takeToken()

/** What a mailed link leads to, or one that the operator has made. */
export function NewPasswordPage() {
  const [newPassword, setNewPassword] = useState('')
  const [isDone, setIsDone] = useState(false)
  const { error, isBusy, run } = useRunning()
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
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) =>
            run(event, async () => {
              await callAuth('POST', '/reset-password', { token, newPassword })
              await forgetMe()
              setIsDone(true)
            })
          }
        >
          <Field label="New password" hint="At least 10 characters">
            <Input
              type="password"
              autoComplete="new-password"
              required
              minLength={10}
              value={newPassword}
              onChange={(event) => setNewPassword(event.target.value)}
            />
          </Field>
          {error !== null && <Notice kind="bad">{error}</Notice>}
          <Button type="submit" look="primary" isBusy={isBusy}>
            Set the password
          </Button>
        </form>
      )}
      <Link to="/forgot-password" className="text-dim underline">
        Ask for another link
      </Link>
    </Entrance>
  )
}
