import type { Member } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { forgetMe, useMe, useWorkspace } from '../../api/me.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Select } from '../../parts/field.tsx'
import { Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { toast } from '../../parts/toast.ts'
import { Invitations } from './invitations.tsx'
import { PasswordLink } from './password-link.tsx'
import { type Role, useRank } from './rank.ts'
import { useLeaveWorkspace } from './use-leave-workspace.ts'

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
  const { user, operator } = useMe()
  const leave = useLeaveWorkspace()
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
      <div className="flex flex-wrap items-center gap-2">
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
        {operator && !isSelf && <PasswordLink member={member} />}
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
          await (isSelf ? leave() : refresh())
        }}
      >
        {isSelf ? 'You' : member.name} can no longer see or change anything in it. Keys that were made stay valid.
      </Confirm>
    </li>
  )
}
