import type { DeliveriesListQuery, Delivery } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { useList } from '../../api/use-list.ts'
import { Button } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import type { Asked } from './asked.ts'

const pageSize = 100

/** The dead letters of a group, page by page, some of which can be chosen. */
export function GroupDeliveries({
  common,
  replay,
}: {
  common: DeliveriesListQuery
  replay: ((asked: Asked) => void) | null
}) {
  const { id: workspace, slug } = useWorkspace()
  const navigate = useNavigate()
  const list = useList(
    {
      key: ['dead-letters', workspace, 'deliveries', common],
      read: (cursor, signal) =>
        api.deliveries.list({ ...common, state: 'dead_letter', limit: pageSize, cursor }, { workspace, signal }),
    },
    // What was chosen stays so, however far one scrolls.
    { isWhole: true },
  )
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const mayReplay = replay !== null
  const columns = useMemo(() => (mayReplay ? [choice(chosen, setChosen), ...facts] : facts), [mayReplay, chosen])
  // One that was chosen may have been replayed by somebody else meanwhile.
  const ids = list.rows.map(({ id }) => id).filter((id) => chosen.has(id))
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {replay && ids.length > 0 && (
        <Button
          size="small"
          className="self-start"
          onClick={() => replay({ title: `Replay ${ids.length} chosen?`, body: { ids } })}
        >
          Replay chosen ({ids.length})
        </Button>
      )}
      <Table
        label="Dead letters"
        list={list}
        columns={columns}
        idOf={({ id }) => id}
        open={({ id }) =>
          void navigate({
            to: '/w/$workspace/deliveries/$delivery',
            params: { workspace: slug ?? workspace, delivery: id },
          })
        }
        empty={<Empty title="None is left">All of them were begun anew.</Empty>}
      />
    </div>
  )
}

function choice(chosen: ReadonlySet<string>, choose: (chosen: ReadonlySet<string>) => void): Column<Delivery> {
  return {
    id: 'choice',
    title: 'Choose',
    className: 'w-16',
    cell: ({ id, type }) => (
      <input
        type="checkbox"
        aria-label={`Choose ${type} ${id}`}
        className="size-4 accent-accent"
        checked={chosen.has(id)}
        onClick={(event) => event.stopPropagation()}
        onChange={(event) => {
          const next = new Set(chosen)
          if (event.target.checked) next.add(id)
          else next.delete(id)
          choose(next)
        }}
      />
    ),
  }
}

const facts: readonly Column<Delivery>[] = [
  { id: 'type', title: 'Event type', className: 'w-1/3', cell: ({ type }) => type },
  { id: 'id', title: 'Delivery', className: 'hidden lg:table-cell', cell: ({ id }) => id },
  {
    id: 'attempts',
    title: 'Attempts',
    className: 'hidden w-24 md:table-cell',
    cell: ({ attempt_count: count }) => count,
  },
  {
    id: 'given-up',
    title: 'Given up',
    className: 'w-32',
    cell: ({ dead_lettered_at: at }) => (at ? <Time at={at} /> : '–'),
  },
]
