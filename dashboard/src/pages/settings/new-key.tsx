import type { NewApiKey } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Checkbox, Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { useForm } from '../../parts/use-form.ts'

const meanings = [
  ['publish', 'Publish events and record audit entries.'],
  ['read', 'See everything.'],
  ['manage', 'See and change everything.'],
] as const

/** Creates a key, and shows it the one time that it can be seen. */
export function NewKey({
  workspace,
  close,
  created,
}: {
  workspace: string
  close: () => void
  created: () => Promise<unknown>
}) {
  const [key, setKey] = useState<NewApiKey | null>(null)
  const form = useForm(
    { name: '', scopes: ['publish'] as NewApiKey['scopes'], expires_at: '' },
    ['name', 'scopes', 'expires_at'],
    async ({ name, scopes, expires_at: until }) => {
      const expires = until === '' ? null : new Date(until)
      setKey(await api.keys.create({ name, scopes, expires_at: expires }, { workspace }))
      await created()
    },
  )
  const { values, set } = form
  if (key !== null) {
    return (
      <Dialog title="The key" isOpen close={close} mustBeAnswered>
        <Notice kind="warn">Copy it now: it is shown this once, and kept as a hash only.</Notice>
        <Code text={key.key} label={key.name} />
        <div className="flex justify-end">
          <Button look="primary" onClick={close}>
            I have copied it
          </Button>
        </div>
      </Dialog>
    )
  }
  const scopesError = form.error('scopes')
  return (
    <Dialog title="Create an API key" isOpen close={close}>
      <form className="flex flex-col gap-4" onSubmit={form.submit} noValidate>
        <Field label="Name" hint="What uses it, such as “CRM, production”." error={form.error('name')}>
          <Input dir="auto" value={values.name} onChange={(event) => set('name', event.target.value)} />
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium">What it may do</legend>
          {meanings.map(([scope, meaning]) => (
            <Checkbox
              key={scope}
              label={scope}
              hint={meaning}
              checked={values.scopes.includes(scope)}
              onChange={({ target }) => {
                const others = values.scopes.filter((each) => each !== scope)
                set('scopes', target.checked ? [...others, scope] : others)
              }}
            />
          ))}
          {scopesError && (
            <p role="alert" className="text-bad text-xs">
              {scopesError}
            </p>
          )}
        </fieldset>
        <Field label="Expires" hint="In your local time. Empty: never." error={form.error('expires_at')}>
          <Input
            type="datetime-local"
            value={values.expires_at}
            onChange={(event) => set('expires_at', event.target.value)}
          />
        </Field>
        {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={form.isBusy}>
            Create key
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
