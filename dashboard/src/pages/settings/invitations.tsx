import type { Invitation } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Field, Input, Select } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Section } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useRunning } from '../../parts/use-running.ts'
import { type Role, useRank } from './rank.ts'

const meanings: Readonly<Record<Role, string>> = {
  viewer: 'sees everything, changes nothing',
  member: 'publishes, manages endpoints, replays',
  admin: 'and manages keys, members and settings',
  owner: 'and manages owners, and may delete the workspace',
}

interface Shown {
  readonly email: string
  readonly url: string
  readonly mailed: boolean
}

export function Invitations() {
  const { id } = useWorkspace()
  const [shown, setShown] = useState<Shown | null>(null)
  const { data } = useQuery({
    queryKey: ['invitations', id],
    queryFn: ({ signal }) => api.invitations.list({ workspace: id, signal }),
  })
  return (
    <Section title="Invitations">
      <InviteForm show={setShown} />
      {shown && <ShownLink {...shown} />}
      <ul className="mt-4 flex flex-col divide-y">
        {data?.data.map((invitation) => (
          <InvitationRow key={invitation.id} invitation={invitation} show={setShown} />
        ))}
      </ul>
    </Section>
  )
}

function ShownLink({ email, url, mailed }: Shown) {
  return (
    <Notice kind="good" className="mt-3">
      <p>
        {mailed ? `A mail with this link goes to ${email}.` : `Give this link to ${email}.`} It is valid for seven days
        and shown this once.
      </p>
      <Code text={url} label="Invitation" className="mt-2 bg-raised text-text" />
    </Notice>
  )
}

function InviteForm({ show }: { show: (shown: Shown) => void }) {
  const { id } = useWorkspace()
  const { mayGive } = useRank()
  const client = useQueryClient()
  const form = useForm({ email: '', role: 'member' as Role }, ['email', 'role'], async (values) => {
    show(await api.invitations.create(values, { workspace: id }))
    form.set('email', '')
    await client.invalidateQueries({ queryKey: ['invitations'] })
  })
  return (
    <form className="flex flex-col gap-3" onSubmit={form.submit}>
      <div className="flex flex-wrap items-start gap-3">
        <Field label="E-mail" error={form.error('email')} className="grow basis-60">
          <Input
            type="email"
            required
            value={form.values.email}
            onChange={(event) => form.set('email', event.target.value)}
          />
        </Field>
        <Field label="Role" hint={meanings[form.values.role]} error={form.error('role')} className="basis-60">
          <Select value={form.values.role} onChange={(event) => form.set('role', event.target.value as Role)}>
            {mayGive.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </Select>
        </Field>
        <Button type="submit" look="primary" isBusy={form.isBusy} className="mt-6">
          Invite
        </Button>
      </div>
      {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
    </form>
  )
}

function InvitationRow({ invitation, show }: { invitation: Invitation; show: (shown: Shown) => void }) {
  const { id } = useWorkspace()
  const { mayGive } = useRank()
  const client = useQueryClient()
  const [isOpen, setIsOpen] = useState(false)
  const { error, isBusy, run } = useRunning()
  const { email, role } = invitation
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <div className="truncate font-medium">{invitation.email}</div>
        <div className="text-dim">
          {invitation.role}, invited by {invitation.invited_by} <Time at={invitation.created_at} />, ends{' '}
          <Time at={invitation.expires_at} />
        </div>
        {invitation.mail && <MailState mail={invitation.mail} />}
        {error !== null && <p className="text-bad text-xs">{error}</p>}
      </div>
      <div className="flex gap-2">
        {mayGive.includes(role) && (
          <Button
            size="small"
            isBusy={isBusy}
            title="Makes another link; the one before ends"
            onClick={() =>
              run(async () => {
                show(await api.invitations.create({ email, role }, { workspace: id }))
                await client.invalidateQueries({ queryKey: ['invitations'] })
              })
            }
          >
            {invitation.mail ? 'Send again' : 'New link'}
          </Button>
        )}
        <Button size="small" onClick={() => setIsOpen(true)}>
          Withdraw
        </Button>
      </div>
      <Confirm
        title={`Withdraw the invitation of ${invitation.email}?`}
        action="Withdraw"
        isDangerous
        isOpen={isOpen}
        close={() => setIsOpen(false)}
        run={async () => {
          await api.invitations.withdraw(invitation.id, { workspace: id })
          await client.invalidateQueries({ queryKey: ['invitations'] })
        }}
      >
        Its link stops working.
      </Confirm>
    </li>
  )
}

function MailState({ mail: { state, sent_at, error } }: { mail: NonNullable<Invitation['mail']> }) {
  if (state === 'sent') {
    return <div className="text-dim text-xs">Mailed {sent_at !== null && <Time at={sent_at} />}</div>
  }
  if (state === 'failed')
    return <div className="text-bad text-xs">Not mailed: {error}. Hand the link over yourself.</div>
  return <div className="text-dim text-xs">{error === null ? 'Being mailed' : `Mailed again later: ${error}`}</div>
}
