import type { AuditEntry } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import type { ReactNode } from 'react'
import { Button } from '../../parts/button.tsx'
import { Id } from '../../parts/copy.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Facts } from '../../parts/page.tsx'

/** All that an entry says. */
export function EntryDetails({
  entry,
  narrow,
}: {
  entry: AuditEntry
  narrow: (filter: { actor: string } | { action: string }) => void
}) {
  const { actor, target } = entry
  return (
    <div className="grid gap-4 whitespace-normal lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-3">
        {entry.description && <p dir="auto">{entry.description}</p>}
        <Facts
          facts={[
            ['Entry', <Id key="id" id={entry.id} />],
            ['Sequence', entry.sequence],
            ['Occurred', <Exactly key="at" at={entry.occurred_at} />],
            ['Recorded', <Exactly key="at" at={entry.recorded_at} />],
            ['Recorded by', <Id key="by" id={entry.recorded_by} />],
            ['Actor', <Party key="actor" {...actor} />],
            ...(actor.ip === null ? [] : [['Address', <Id key="ip" id={actor.ip} />] as const]),
            ['Target', <Party key="target" {...target} />],
            ['Hash', <Id key="hash" id={entry.hash} />],
            ['Hash before', <Id key="before" id={entry.previous_hash} />],
          ]}
        />
        <div className="flex flex-wrap gap-2">
          <Button size="small" onClick={() => narrow({ actor: actor.id })}>
            Only this actor
          </Button>
          <Button size="small" onClick={() => narrow({ action: `${entry.category}.${entry.action}` })}>
            Only this action
          </Button>
        </div>
      </div>
      <div className="min-w-0">
        <h3 className="mb-1 font-medium">Metadata</h3>
        <JsonView text={JSON.stringify(entry.metadata, null, 2)} label="Metadata" />
      </div>
    </div>
  )
}

function Party({ type, id, name }: { type: string; id: string; name: string | null }): ReactNode {
  return (
    <span className="inline-flex max-w-full flex-wrap items-baseline gap-x-2">
      {name !== null && <bdi>{name}</bdi>}
      <span className="text-dim">{type}</span>
      <Id id={id} />
    </span>
  )
}

/** In an audit log the exact time is what counts. */
function Exactly({ at }: { at: string }): ReactNode {
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {at.replace('T', ' ').replace('Z', ' UTC')}
    </time>
  )
}
