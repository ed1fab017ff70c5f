import { useState } from 'react'
import { callAuth } from '../../api/auth.ts'
import { forgetMe } from '../../api/me.ts'
import { ActionForm } from '../../parts/action-form.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { toast } from '../../parts/toast.ts'

export function NameForm({ name }: { name: string }) {
  const [typed, setTyped] = useState(name)
  const change = async () => {
    await callAuth('POST', '/update-user', { name: typed.trim() })
    toast('The name was changed.')
    await forgetMe()
  }
  return (
    <ActionForm act={change} button={{ children: 'Change name', disabled: typed.trim() === name }}>
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
    </ActionForm>
  )
}
