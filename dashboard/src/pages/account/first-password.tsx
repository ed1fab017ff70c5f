import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { Button } from '../../parts/button.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { toast } from '../../parts/toast.ts'
import { useRunning } from '../sign-in/sign-in-form.tsx'
import { signInWaysQuery } from './sign-in-ways.ts'

/** For an account that a link has signed in to, and nothing else can. */
export function FirstPassword({ email }: { email: string }) {
  const [newPassword, setNewPassword] = useState('')
  const client = useQueryClient()
  const { error, isBusy, run } = useRunning()
  return (
    <form
      className="flex max-w-sm flex-col gap-4"
      onSubmit={(event) =>
        run(event, async () => {
          await callAuth('POST', '/set-password', { newPassword })
          toast('The password is set.')
          await client.invalidateQueries({ queryKey: signInWaysQuery.queryKey })
        })
      }
    >
      <p className="text-dim">
        There is none yet: a link has signed you in. With one you sign in as {email}, and can set up a second factor.
      </p>
      <Field label="Password" hint="At least 10 characters">
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
      <div>
        <Button type="submit" isBusy={isBusy}>
          Set a password
        </Button>
      </div>
    </form>
  )
}
