import type {
  DeadLetterGroup,
  DeadLetterGroups,
  DeadLettersGroupsQuery,
} from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import clsx from 'clsx'
import { ChevronRight } from 'lucide-react'
import { Button } from '../../parts/button.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Section } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { explainError } from '../deliveries/attempt-error.ts'
import type { Asked } from './asked.ts'
import { GroupDeliveries } from './group-deliveries.tsx'

function keyOf({ endpoint, last_error: error, last_status: status }: DeadLetterGroup): string {
  return [endpoint, error, status].filter(Boolean).join(',')
}

/** What the deliveries of a group have in common, as the API takes it. */
function common({ endpoint, last_error: error, last_status: status }: DeadLetterGroup) {
  return { endpoint, last_error: error, ...(status !== null && { last_status: status }) }
}

/** Dead letters by endpoint and error. One group at a time is open, and shows its deliveries. */
export function Groups({
  groups: { data, more },
  filter,
  labelOf,
  opened,
  open,
  replay,
}: {
  groups: DeadLetterGroups
  filter: DeadLettersGroupsQuery
  labelOf: (endpoint: string) => string
  /** The key of the group that is open. */
  opened: string | undefined
  open: (key: string | undefined) => void
  /** null: whoever is signed in may not. */
  replay: ((asked: Asked) => void) | null
}) {
  return (
    <Section title="By endpoint and error">
      {more && (
        <Notice kind="info">
          There are more than can be counted in a moment: each number is what was counted of the newest. A replay takes
          all of them.
        </Notice>
      )}
      <ul className="flex flex-col divide-y">
        {data.map((group) => {
          const key = keyOf(group)
          const label = labelOf(group.endpoint)
          const isOpen = key === opened
          return (
            <li key={key} className="flex flex-col gap-3 py-2">
              <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
                <Toggle group={group} label={label} isOpen={isOpen} toggle={() => open(isOpen ? undefined : key)} />
                <div className="flex items-center gap-4">
                  <Figures group={group} more={more} />
                  {replay && (
                    <Button
                      size="small"
                      aria-label={`Replay those of ${label}: ${explainError(group.last_error, group.last_status).what}`}
                      onClick={() => replay({ title: `Replay those of ${label}?`, body: common(group) })}
                    >
                      Replay
                    </Button>
                  )}
                </div>
              </div>
              {isOpen && <GroupDeliveries key={key} common={{ ...filter, ...common(group) }} replay={replay} />}
            </li>
          )
        })}
      </ul>
    </Section>
  )
}

function Toggle({
  group,
  label,
  isOpen,
  toggle,
}: {
  group: DeadLetterGroup
  label: string
  isOpen: boolean
  toggle: () => void
}) {
  const { what, advice } = explainError(group.last_error, group.last_status)
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      className="flex min-w-0 grow basis-64 cursor-pointer items-start gap-2 rounded p-1 text-left hover:bg-hover"
      onClick={toggle}
    >
      <ChevronRight aria-hidden className={clsx('mt-0.5 size-4 shrink-0 text-dim', isOpen && 'rotate-90')} />
      <span className="min-w-0">
        <span className="block truncate font-medium">{label}</span>
        <span className="block">{what}</span>
        {isOpen && <span className="block text-dim">{advice}</span>}
      </span>
    </button>
  )
}

function Figures({ group, more }: { group: DeadLetterGroup; more: boolean }) {
  return (
    <div className="text-right">
      <div className="font-semibold">
        {group.count.toLocaleString('en')}
        {more && '+'}
      </div>
      <div className="text-dim text-xs">
        last <Time at={group.last_dead_lettered_at} />
      </div>
    </div>
  )
}
