import { ValidationError } from '@atlas-webhooks/sdk/src/api-error.ts'
import type { EventSummary } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'
import { api } from '../../../api/client.ts'
import { explain } from '../../../api/explain.ts'
import { useWorkspace } from '../../../api/me.ts'
import { Badge } from '../../../parts/badge.tsx'
import { Field, TextArea } from '../../../parts/field.tsx'

const tried = 5

/** An expression, tried out on the newest events while it is typed. */
export function FilterEditor({
  filter,
  change,
  error,
}: {
  filter: string
  change: (filter: string) => void
  error: string | undefined
}) {
  const { id: workspace } = useWorkspace()
  const { data: recent } = useQuery({
    queryKey: ['events', workspace, 'newest'],
    queryFn: ({ signal }) => api.events.list({ limit: tried }, { workspace, signal }).page(),
  })
  const settled = useDeferredValue(filter.trim())
  const events = recent?.data ?? []
  const syntax = useVerdict(settled, { type: 'atlas.test', data: {} })
  const fault = syntax.error instanceof ValidationError ? explainFault(syntax.error) : undefined
  return (
    <div className="flex flex-col gap-2">
      <Field
        label="Filter"
        hint="An expression in CEL, such as deal.value > 10000. Empty: every event of these types."
        error={error ?? (settled === '' ? undefined : fault)}
      >
        <TextArea
          className="min-h-16 font-mono"
          value={filter}
          placeholder="deal.value > 10000"
          onChange={(event) => change(event.target.value)}
        />
      </Field>
      {settled !== '' && fault === undefined && events.length > 0 && (
        <ul className="flex flex-col divide-y rounded-md border" aria-label="What the filter says of the newest events">
          {events.map((event) => (
            <Verdict key={event.id} filter={settled} event={event} />
          ))}
        </ul>
      )}
      {settled !== '' && fault === undefined && recent && events.length === 0 && (
        <p className="text-dim text-xs">There is no event yet to try it out on.</p>
      )}
    </div>
  )
}

function explainFault(error: ValidationError): string {
  const fault = error.errors.find(({ path }) => path === 'filter')
  return fault ? fault.message : explain(error)
}

function useVerdict(filter: string, event: { type: string; data: object; tags?: readonly string[] } | null) {
  const { id: workspace } = useWorkspace()
  return useQuery({
    queryKey: ['filter-verdict', workspace, filter, event],
    queryFn: ({ signal }) =>
      api.filters.test({ filter, event: event ?? { type: 'atlas.test', data: {} } }, { workspace, signal }),
    enabled: filter !== '' && event !== null,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

function Verdict({ filter, event }: { filter: string; event: EventSummary }) {
  const { id: workspace } = useWorkspace()
  const { data: details } = useQuery({
    queryKey: ['event', workspace, event.id],
    queryFn: ({ signal }) => api.events.get(event.id, { workspace, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const { data: verdict } = useVerdict(
    filter,
    details ? { type: details.type, data: details.data, tags: details.tags } : null,
  )
  return (
    <li className="flex items-center gap-2 px-3 py-1.5 text-xs">
      <Badge tone={verdict?.matches ? 'good' : 'plain'}>
        {verdict ? (verdict.matches ? 'Matches' : 'Does not') : '…'}
      </Badge>
      <span className="font-mono">{event.type}</span>
      <span className="min-w-0 truncate text-dim" title={verdict?.reason}>
        {verdict?.reason}
      </span>
    </li>
  )
}
