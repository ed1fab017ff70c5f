import type { Workspace } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { api } from '../../api/client.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { useForm } from '../../parts/use-form.ts'

/** Creates a workspace, or changes what one is called. */
export function WorkspaceDialog({
  workspace,
  close,
  saved,
}: {
  /** null: a new one */
  workspace: Workspace | null
  close: () => void
  saved: (name: string) => Promise<void>
}) {
  const initial = { name: workspace?.name ?? '', slug: workspace?.slug ?? '' }
  const form = useForm(initial, ['name', 'slug'], async ({ name, slug }) => {
    const body = { name, slug: slug === '' ? null : slug }
    await (workspace ? api.workspaces.update(workspace.id, body) : api.workspaces.create(body))
    await saved(name)
  })
  return (
    <Dialog title={workspace ? `Rename ${workspace.name}` : 'Create workspace'} isOpen close={close}>
      <form className="flex flex-col gap-4" onSubmit={form.submit} noValidate>
        <Field label="Name" error={form.error('name')}>
          <Input value={form.values.name} onChange={(event) => form.set('name', event.target.value)} />
        </Field>
        <Field
          label="Slug"
          hint="For addresses, instead of the id: a-z, 0-9 and -. May be left out."
          error={form.error('slug')}
        >
          <Input value={form.values.slug} onChange={(event) => form.set('slug', event.target.value)} />
        </Field>
        {form.failure && <Notice kind="bad">{form.failure}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={form.isBusy}>
            {workspace ? 'Save' : 'Create workspace'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
