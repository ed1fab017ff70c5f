import type { Workspace, WorkspaceChange } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { forgetMe, useMe, useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Id } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Checkbox, Field, Input, TextArea } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Facts, Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { toast } from '../../parts/toast.ts'
import { useForm } from '../../parts/use-form.ts'
import { DeleteWorkspace } from './delete-workspace.tsx'
import { useRank } from './rank.ts'
import { useIsAdmin } from './use-is-admin.ts'

export function WorkspaceSettings() {
  const { id } = useWorkspace()
  const { isOwner } = useRank()
  const { data, error, refetch } = useQuery({
    queryKey: ['workspace-settings', id],
    queryFn: ({ signal }) => api.workspaces.get(id, { signal }),
  })
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <Loading />
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <SettingsForm key={data.updated_at} workspace={data} />
      {isOwner && <DeleteWorkspace workspace={data} />}
    </div>
  )
}

const fields = [
  ...['name', 'slug', 'strict_types', 'validate_payloads', 'alert_emails', 'audit_retention_days', 'audit_type_prefix'],
]

function SettingsForm({ workspace }: { workspace: Workspace }) {
  const { operator } = useMe()
  const isAdmin = useIsAdmin()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const form = useForm(
    {
      name: workspace.name,
      slug: workspace.slug ?? '',
      strict_types: workspace.strict_types,
      validate_payloads: workspace.validate_payloads,
      alert_emails: workspace.alert_emails.join('\n'),
      audit_retention_days: String(workspace.audit_retention_days),
      audit_type_prefix: workspace.audit_type_prefix,
    },
    fields,
    async (values) => {
      const saved = await api.workspaces.update(workspace.id, changeOf(values, workspace))
      queryClient.setQueryData(['workspace-settings', workspace.id], saved)
      await forgetMe()
      // The address may name the workspace by what it was called until now.
      await navigate({ to: '/w/$workspace/settings', params: { workspace: saved.slug ?? saved.id }, replace: true })
      toast('Saved.')
    },
  )
  const { values, set, error } = form
  return (
    <form onSubmit={form.submit} noValidate>
      <fieldset disabled={!isAdmin} className="flex min-w-0 flex-col gap-4">
        <Section title="Workspace">
          <div className="flex flex-col gap-4">
            <Facts facts={[['Id', <Id key="id" id={workspace.id} />]]} />
            <Field label="Name" error={error('name')}>
              <Input dir="auto" value={values.name} onChange={(event) => set('name', event.target.value)} />
            </Field>
            <Field
              label="Slug"
              hint={
                operator ? '1 to 63 of a-z, 0-9 and -. Links with the old one break.' : 'Only the operator changes it.'
              }
              error={error('slug')}
            >
              <Input disabled={!operator} value={values.slug} onChange={(event) => set('slug', event.target.value)} />
            </Field>
          </div>
        </Section>
        <Section title="Events">
          <div className="flex flex-col gap-3">
            <Checkbox
              label="Strict types"
              hint="Refuse events whose type is not in the catalog."
              checked={values.strict_types}
              onChange={(event) => set('strict_types', event.target.checked)}
            />
            <Checkbox
              label="Validate payloads"
              hint="Refuse events whose data does not satisfy the schema of their type."
              checked={values.validate_payloads}
              onChange={(event) => set('validate_payloads', event.target.checked)}
            />
          </div>
        </Section>
        <Section title="Alert mails">
          <Field
            label="Addresses"
            hint="One on each line, up to 10. Each gets a mail when an endpoint is in trouble, and when it has recovered."
            error={error('alert_emails')}
          >
            <TextArea value={values.alert_emails} onChange={(event) => set('alert_emails', event.target.value)} />
          </Field>
        </Section>
        <Section title="Audit log">
          <div className="flex flex-col gap-4">
            <Field
              label="Kept for, in days"
              hint="1 to 3650. Older entries are purged once a day."
              error={error('audit_retention_days')}
            >
              <Input
                inputMode="numeric"
                className="max-w-32"
                value={values.audit_retention_days}
                onChange={(event) => set('audit_retention_days', event.target.value)}
              />
            </Field>
            <Field
              label="Types begin with"
              hint={`At destinations an entry has a type such as ${values.audit_type_prefix || '…'}.webhook.created.`}
              error={error('audit_type_prefix')}
            >
              <Input
                className="font-mono"
                value={values.audit_type_prefix}
                onChange={(event) => set('audit_type_prefix', event.target.value)}
              />
            </Field>
          </div>
        </Section>
        {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
        {isAdmin && (
          <div>
            <Button type="submit" look="primary" isBusy={form.isBusy}>
              Save
            </Button>
          </div>
        )}
      </fieldset>
    </form>
  )
}

interface Typed {
  readonly name: string
  readonly slug: string
  readonly strict_types: boolean
  readonly validate_payloads: boolean
  readonly alert_emails: string
  readonly audit_retention_days: string
  readonly audit_type_prefix: string
}

/** What differs from what is stored: who changed something else meanwhile keeps it. */
function changeOf(typed: Typed, stored: Workspace): WorkspaceChange {
  const emails = typed.alert_emails.split(/[\s,]+/).filter((address) => address !== '')
  const days = typed.audit_retention_days.trim()
  const wanted = {
    ...typed,
    slug: typed.slug.trim() || null,
    alert_emails: emails,
    // What is no number is sent as it is: the API says what it must be.
    audit_retention_days: (days === '' || Number.isNaN(Number(days)) ? days : Number(days)) as number,
  }
  const changed = Object.entries(wanted).filter(([name, value]) => {
    return JSON.stringify(value) !== JSON.stringify(stored[name as keyof Workspace])
  })
  return Object.fromEntries(changed)
}
