import type { Workspace } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { forgetMe, useMe, useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Checkbox, Field, Input, TextArea } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { toast } from '../../parts/toast.tsx'
import { useForm } from '../../parts/use-form.ts'

export function WorkspaceSettings() {
  const { id } = useWorkspace()
  const { data, error, refetch } = useQuery({
    queryKey: ['workspace-settings', id],
    queryFn: ({ signal }) => api.workspaces.get(id, { signal }),
  })
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <Loading />
  return <SettingsForm key={data.updated_at} workspace={data} />
}

const fields = [
  'name',
  'slug',
  'strict_types',
  'validate_payloads',
  'audit_retention_days',
  'audit_type_prefix',
  'alert_emails',
] as const

function SettingsForm({ workspace }: { workspace: Workspace }) {
  const { can, role } = useWorkspace()
  const { operator, kind } = useMe()
  const client = useQueryClient()
  const mayChange = can('manage') && (operator || kind === 'key' || role === 'admin' || role === 'owner')
  const initial = { ...workspace, slug: workspace.slug ?? '', alert_emails: workspace.alert_emails.join('\n') }
  const form = useForm(initial, fields, async (values) => {
    const emails = values.alert_emails.split(/[\s,]+/).filter(Boolean)
    const wanted = { ...values, slug: values.slug || null, alert_emails: emails }
    const changed = fields.filter((name) => JSON.stringify(wanted[name]) !== JSON.stringify(workspace[name]))
    await api.workspaces.update(workspace.id, Object.fromEntries(changed.map((name) => [name, wanted[name]])))
    toast('Saved.')
    await Promise.all([client.invalidateQueries({ queryKey: ['workspace-settings'] }), forgetMe()])
  })
  const { values, error, set } = form
  return (
    <Section title="Workspace">
      <form className="flex max-w-xl flex-col gap-5" onSubmit={form.submit}>
        <fieldset disabled={!mayChange} className="flex flex-col gap-5">
          <Field label="Name" error={error('name')}>
            <Input value={values.name} onChange={(event) => set('name', event.target.value)} />
          </Field>
          <Field label="Slug" hint="In URLs, in place of the id. The operator's to change." error={error('slug')}>
            <Input value={values.slug} disabled={!operator} onChange={(event) => set('slug', event.target.value)} />
          </Field>
          <Checkbox
            label="Refuse events whose type is not in the catalog"
            checked={values.strict_types}
            onChange={(event) => set('strict_types', event.target.checked)}
          />
          <Checkbox
            label="Refuse events whose data does not satisfy the schema of their type"
            checked={values.validate_payloads}
            onChange={(event) => set('validate_payloads', event.target.checked)}
          />
          <Field
            label="Alert e-mails"
            hint="Who gets a mail when an endpoint is in trouble, one a line, up to ten."
            error={error('alert_emails')}
          >
            <TextArea value={values.alert_emails} onChange={(event) => set('alert_emails', event.target.value)} />
          </Field>
          <Field label="Retention of the audit log, in days" error={error('audit_retention_days')}>
            <Input
              type="number"
              min={1}
              max={3650}
              value={values.audit_retention_days}
              onChange={(event) => set('audit_retention_days', Number(event.target.value))}
            />
          </Field>
          <Field
            label="Prefix of audit event types"
            hint="What the type of an audit entry begins with at destinations."
            error={error('audit_type_prefix')}
          >
            <Input
              value={values.audit_type_prefix}
              onChange={(event) => set('audit_type_prefix', event.target.value)}
            />
          </Field>
        </fieldset>
        {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
        {mayChange && (
          <div>
            <Button type="submit" look="primary" isBusy={form.isBusy}>
              Save
            </Button>
          </div>
        )}
      </form>
    </Section>
  )
}
