import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { Button } from '../../parts/button.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { toast } from '../../parts/toast.ts'
import { useRunning } from '../sign-in/sign-in-form.tsx'

/** Ends all other sessions, since whoever changes a password may have a reason. */
export function PasswordForm() {
  const [currentPassword, setCurrent] = useState('')
  const [newPassword, setNew] = useState('')
  const { error, isBusy, run } = useRunning()
  return (
    <form
      className="flex max-w-sm flex-col gap-4"
      onSubmit={(event) =>
        run(event, async () => {
          await callAuth('POST', '/change-password', { currentPassword, newPassword, revokeOtherSessions: true })
          setCurrent('')
          setNew('')
          toast('The password was changed; other sessions were ended.')
        })
      }
    >
      <Field label="Current password">
        <Input
          type="password"
          autoComplete="current-password"
          required
          value={currentPassword}
          onChange={(event) => setCurrent(event.target.value)}
        />
      </Field>
      <Field label="New password" hint="At least 10 characters">
        <Input
          type="password"
          autoComplete="new-password"
          required
          minLength={10}
          value={newPassword}
          onChange={(event) => setNew(event.target.value)}
        />
      </Field>
      {error !== null && <Notice kind="bad">{error}</Notice>}
      <div>
        <Button type="submit" isBusy={isBusy}>
          Change password
        </Button>
      </div>
    </form>
  )
}
