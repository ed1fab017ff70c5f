import type { Invitation, Member } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { forgetMe, useMe, useWorkspace } from '../../api/me.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Field, Input, Select } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { Time } from '../../parts/time.tsx'
import { toast } from '../../parts/toast.ts'
import { useForm } from '../../parts/use-form.ts'

const roles = ['viewer', 'member', 'admin', 'owner'] as const
type Role = (typeof roles)[number]

const meanings: Readonly<Record<Role, string>> = {
  viewer: 'sees everything, changes nothing',
  member: 'publishes, manages endpoints, replays',
  admin: 'and manages keys, members and settings',
  owner: 'and manages owners',
}

/** Whether who looks may manage members, and the roles that they may give. */
function useRank(): { isAdmin: boolean; mayGive: readonly Role[] } {
  const { role } = useWorkspace()
  const { operator } = useMe()
  const isOwner = operator || role === 'owner'
  return { isAdmin: isOwner || role === 'admin', mayGive: isOwner ? roles : roles.slice(0, 3) }
}

export function Members() {
  const { id } = useWorkspace()
  const { isAdmin } = useRank()
  const { data, error, refetch } = useQuery({
    queryKey: ['members', id],
    queryFn: ({ signal }) => api.members.list({ workspace: id, signal }),
  })
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <Loading />
  return (
    <div className="flex flex-col gap-4">
      <Section title="Members">
        {data.data.length === 0 && (
          <p className="text-dim">Nobody yet. Whoever accepts an invitation is listed here.</p>
        )}
        <ul className="flex flex-col divide-y">
          {data.data.map((member) => (
            <MemberRow key={member.id} member={member} />
          ))}
        </ul>
      </Section>
      {isAdmin && <Invitations />}
    </div>
  )
}

function MemberRow({ member }: { member: Member }) {
  const { id } = useWorkspace()
  const { user } = useMe()
  const { isAdmin, mayGive } = useRank()
  const client = useQueryClient()
  const [error, setError] = useState<string | null>(null)
  const [isLeaving, setIsLeaving] = useState(false)
  const isSelf = user?.id === member.id
  const mayChange = isAdmin && mayGive.includes(member.role)
  const refresh = () => Promise.all([client.invalidateQueries({ queryKey: ['members'] }), forgetMe()])
  const change = async (role: Role) => {
    try {
      await api.members.update(member.id, { role }, { workspace: id })
      setError(null)
      toast(`${member.name} is ${role} now.`)
    } catch (failed) {
      setError(explain(failed))
    }
    await refresh()
  }
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <div className="font-medium">
          {member.name} {isSelf && <span className="text-dim">(you)</span>}
        </div>
        <div className="truncate text-dim">{member.email}</div>
        {error !== null && <p className="text-bad text-xs">{error}</p>}
      </div>
      <div className="flex items-center gap-2">
        {member.two_factor_enabled && <Badge tone="good">Second factor</Badge>}
        {mayChange ? (
          <Select
            aria-label={`Role of ${member.name}`}
            className="w-32!"
            value={member.role}
            onChange={(event) => void change(event.target.value as Role)}
          >
            {mayGive.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </Select>
        ) : (
          <Badge>{member.role}</Badge>
        )}
        {(mayChange || isSelf) && (
          <Button size="small" onClick={() => setIsLeaving(true)}>
            {isSelf ? 'Leave' : 'Remove'}
          </Button>
        )}
      </div>
      <Confirm
        title={isSelf ? 'Leave this workspace?' : `Remove ${member.name}?`}
        action={isSelf ? 'Leave' : 'Remove'}
        isDangerous
        isOpen={isLeaving}
        close={() => setIsLeaving(false)}
        run={async () => {
          await api.members.remove(member.id, { workspace: id })
          await refresh()
        }}
      >
        {isSelf ? 'You' : member.name} can no longer see or change anything in it. Keys that were made stay valid.
      </Confirm>
    </li>
  )
}

function Invitations() {
  const { id } = useWorkspace()
  const { data } = useQuery({
    queryKey: ['invitations', id],
    queryFn: ({ signal }) => api.invitations.list({ workspace: id, signal }),
  })
  return (
    <Section title="Invitations">
      <InviteForm />
      <ul className="mt-4 flex flex-col divide-y">
        {data?.data.map((invitation) => (
          <InvitationRow key={invitation.id} invitation={invitation} />
        ))}
      </ul>
    </Section>
  )
}

function InviteForm() {
  const { id } = useWorkspace()
  const { mayGive } = useRank()
  const client = useQueryClient()
  const [link, setLink] = useState<{ email: string; url: string } | null>(null)
  const form = useForm({ email: '', role: 'member' as Role }, ['email', 'role'], async (values) => {
    const { url, email } = await api.invitations.create(values, { workspace: id })
    setLink({ email, url })
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
      {link && (
        <Notice kind="good">
          <p>Give this link to {link.email}. It is valid for seven days and shown this once.</p>
          <Code text={link.url} label="Invitation" className="mt-2 bg-raised text-text" />
        </Notice>
      )}
    </form>
  )
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { id } = useWorkspace()
  const client = useQueryClient()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <div className="truncate font-medium">{invitation.email}</div>
        <div className="text-dim">
          {invitation.role}, invited by {invitation.invited_by} <Time at={invitation.created_at} />, ends{' '}
          <Time at={invitation.expires_at} />
        </div>
      </div>
      <Button size="small" onClick={() => setIsOpen(true)}>
        Withdraw
      </Button>
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
