import type { Workspace } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import type { ListQuery } from '../../api/list-query.ts'
import { forgetMe } from '../../api/me.ts'
import { queryClient } from '../../api/query-client.ts'
import { useList } from '../../api/use-list.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Id } from '../../parts/copy.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Section } from '../../parts/page.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { toast } from '../../parts/toast.ts'
import { WorkspaceDialog } from './workspace-dialog.tsx'

const workspaces: ListQuery<Workspace> = {
  key: ['workspaces'],
  read: (cursor, signal) => api.workspaces.list({ cursor }, { signal }),
}

async function reread(): Promise<void> {
  await Promise.all([queryClient.invalidateQueries({ queryKey: workspaces.key }), forgetMe()])
}

/** All workspaces, to open, create, rename and delete. */
export function Workspaces() {
  const list = useList(workspaces)
  // null: a new one
  const [edited, setEdited] = useState<Workspace | null | undefined>(undefined)
  const [deleted, setDeleted] = useState<Workspace | undefined>(undefined)
  const columns: Column<Workspace>[] = [
    {
      id: 'name',
      title: 'Name',
      cell: ({ id, slug, name }) => (
        <Link to="/w/$workspace" params={{ workspace: slug ?? id }} className="text-accent hover:underline">
          {name}
        </Link>
      ),
    },
    { id: 'slug', title: 'Slug', className: 'hidden w-48 md:table-cell', cell: ({ slug }) => slug ?? '–' },
    { id: 'id', title: 'Id', className: 'hidden w-64 xl:table-cell', cell: ({ id }) => <Id id={id} /> },
    {
      id: 'created',
      title: 'Created',
      className: 'hidden w-36 sm:table-cell',
      cell: ({ created_at: at }) => <Time at={at} />,
    },
    {
      id: 'actions',
      title: 'Actions',
      className: 'w-40',
      cell: (workspace) => (
        <span className="flex gap-1">
          <Button size="small" aria-label={`Rename ${workspace.name}`} onClick={() => setEdited(workspace)}>
            Rename
          </Button>
          <Button size="small" aria-label={`Delete ${workspace.name}`} onClick={() => setDeleted(workspace)}>
            Delete
          </Button>
        </span>
      ),
    },
  ]
  return (
    <Section
      title="Workspaces"
      actions={
        <Button look="primary" size="small" onClick={() => setEdited(null)}>
          Create workspace
        </Button>
      }
    >
      <Table
        label="Workspaces"
        list={list}
        columns={columns}
        idOf={({ id }) => id}
        empty={
          <Empty
            title="No workspaces yet"
            command={`curl -sS ${location.origin}/v1/workspaces -H "Authorization: Bearer $ATLAS_KEY" \\
  -H 'Content-Type: application/json' -d '{"name": "Acme", "slug": "acme"}'`}
          >
            A workspace is a tenant: usually one customer of your product.
          </Empty>
        }
      />
      {edited !== undefined && (
        <WorkspaceDialog
          key={edited?.id ?? 'new'}
          workspace={edited}
          close={() => setEdited(undefined)}
          saved={async (name) => {
            setEdited(undefined)
            toast(edited ? `${name} was saved` : `${name} was created`)
            await reread()
          }}
        />
      )}
      <Confirm
        title={`Delete ${deleted?.name ?? ''}`}
        action="Delete workspace"
        isDangerous
        typed={deleted?.name ?? ''}
        isOpen={deleted !== undefined}
        close={() => setDeleted(undefined)}
        run={async () => {
          if (!deleted) return
          await api.workspaces.delete(deleted.id)
          toast(`${deleted.name} was deleted`)
          await reread()
        }}
      >
        Its endpoints, API keys and event types go with it, and what waits to be delivered is canceled. This cannot be
        undone.
      </Confirm>
    </Section>
  )
}
