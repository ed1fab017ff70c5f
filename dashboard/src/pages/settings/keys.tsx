import type { ApiKey } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { useList } from '../../api/use-list.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Id } from '../../parts/copy.tsx'
import { Empty } from '../../parts/empty.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time, useNow } from '../../parts/time.tsx'
import { toast } from '../../parts/toast.ts'
import { NewKey } from './new-key.tsx'

export function Keys() {
  const { id: workspace } = useWorkspace()
  const queryClient = useQueryClient()
  const [isCreating, setIsCreating] = useState(false)
  const [revoked, setRevoked] = useState<ApiKey | null>(null)
  const list = useList({
    key: ['keys', workspace],
    read: (cursor, signal) => api.keys.list({ cursor }, { workspace, signal }),
  })
  const reload = () => queryClient.invalidateQueries({ queryKey: ['keys', workspace] })
  const columns: readonly Column<ApiKey>[] = [
    { id: 'name', title: 'Name', cell: ({ name }) => <bdi title={name}>{name}</bdi> },
    { id: 'id', title: 'Id', className: 'hidden xl:table-cell w-72', cell: ({ id }) => <Id id={id} /> },
    {
      id: 'scopes',
      title: 'May',
      className: 'hidden sm:table-cell w-52',
      cell: ({ scopes }) => (
        <span className="flex gap-1">
          {scopes.map((scope) => (
            <Badge key={scope}>{scope}</Badge>
          ))}
        </span>
      ),
    },
    {
      id: 'created',
      title: 'Created',
      className: 'hidden md:table-cell w-32',
      cell: (key) => <Time at={key.created_at} />,
    },
    { id: 'expires', title: 'Expires', className: 'w-28', cell: (key) => <Expiry at={key.expires_at} /> },
    {
      id: 'revoke',
      title: 'Revoke',
      className: 'w-24 text-right',
      cell: (key) => (
        <Button size="small" aria-label={`Revoke ${key.name}`} onClick={() => setRevoked(key)}>
          Revoke
        </Button>
      ),
    },
  ]
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-dim">With a key a program, or the command line, acts in this workspace.</p>
        <Button look="primary" onClick={() => setIsCreating(true)}>
          <Plus aria-hidden className="size-4" />
          Create key
        </Button>
      </div>
      <Table
        label="API keys"
        list={list}
        columns={columns}
        idOf={({ id }) => id}
        empty={
          <Empty title="There is no key yet">Create one with the scope “publish” for the product that publishes.</Empty>
        }
      />
      {isCreating && <NewKey workspace={workspace} close={() => setIsCreating(false)} created={reload} />}
      <Confirm
        title={`Revoke ${revoked?.name ?? ''}?`}
        action="Revoke key"
        isDangerous
        isOpen={revoked !== null}
        close={() => setRevoked(null)}
        run={async () => {
          if (revoked === null) return
          await api.keys.revoke(revoked.id, { workspace })
          toast('Key revoked')
          await reload()
        }}
      >
        Requests with this key are refused from then on. This cannot be undone.
      </Confirm>
    </div>
  )
}

function Expiry({ at }: { at: string | null }) {
  const now = useNow()
  if (at === null) return <span className="text-dim">never</span>
  return Date.parse(at) <= now ? <Badge tone="bad">Expired</Badge> : <Time at={at} />
}
