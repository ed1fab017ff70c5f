import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { forgetMe } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { toast } from '../../parts/toast.ts'
import { useRunning } from '../sign-in/sign-in-form.tsx'

export function NameForm({ name }: { name: string }) {
  const [typed, setTyped] = useState(name)
  const { error, isBusy, run } = useRunning()
  return (
    <form
      className="flex max-w-sm flex-col gap-4"
      onSubmit={(event) =>
        run(event, async () => {
          await callAuth('POST', '/update-user', { name: typed.trim() })
          toast('The name was changed.')
          await forgetMe()
        })
      }
    >
      <Field label="Name" hint="How others see you in lists of members">
        <Input
          dir="auto"
          autoComplete="name"
          required
          maxLength={200}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </Field>
      {error !== null && <Notice kind="bad">{error}</Notice>}
      <div>
        <Button type="submit" isBusy={isBusy} disabled={typed.trim() === name}>
          Change name
        </Button>
      </div>
    </form>
  )
}
