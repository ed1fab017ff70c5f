import { ApiError } from '@atlas-webhooks/sdk/src/api-error.ts'
import type { EventToPublish, FilterVerdict } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { compileTypePatterns } from '../../../../../server/domain/type-pattern.ts'
import { api } from '../../../api/client.ts'
import { explain } from '../../../api/explain.ts'
import { useWorkspace } from '../../../api/me.ts'
import { Badge } from '../../../parts/badge.tsx'
import { Notice } from '../../../parts/notice.tsx'
import { Loading } from '../../../parts/skeleton.tsx'
import { pointAt } from './filter-fault.ts'

const pauseMs = 300
const mostEvents = 8
const searched = 100

/** What the filter says about each of the last events of the chosen types, and why. */
export function FilterVerdicts({ filter, types }: { filter: string; types: readonly string[] }) {
  const { id: workspace } = useWorkspace()
  const samples = useSamples(types)
  const settled = useSettled(filter)
  const { data, error } = useQuery({
    queryKey: ['filter-verdicts', workspace, settled, samples.data],
    enabled: samples.data !== undefined,
    queryFn: ({ signal }) => {
      const { events = [] } = samples.data ?? {}
      const tried = events.length > 0 ? events : [nothing]
      return Promise.all(tried.map((event) => api.filters.test({ filter: settled, event }, { workspace, signal })))
    },
    placeholderData: keepPreviousData,
  })
  const failed = error ?? samples.error
  if (failed) return <FilterFault filter={settled} error={failed} />
  if (!data || !samples.data) return <Loading lines={2} />
  if (samples.data.events.length === 0) {
    return (
      <p className="text-dim text-xs">The expression can be read. There is no event of these types to try it on.</p>
    )
  }
  return <Verdicts samples={samples.data} verdicts={data} />
}

interface Samples {
  readonly events: readonly EventToPublish[]
  /** No such event was published yet. */
  readonly areExamples: boolean
}

const nothing: EventToPublish = { type: 'atlas.test', data: {} }

function Verdicts({
  samples: { events, areExamples },
  verdicts,
}: {
  samples: Samples
  verdicts: readonly FilterVerdict[]
}) {
  const matching = verdicts.filter(({ matches }) => matches).length
  return (
    <section aria-label="What the filter does with recent events" className="rounded-md border">
      <p className="border-b bg-soft px-3 py-1.5 text-xs" aria-live="polite">
        Passes {matching} of{' '}
        {areExamples
          ? `${verdicts.length} examples in the catalog`
          : `the last ${verdicts.length} events of these types`}
      </p>
      <ul>
        {events.map((event, index) => {
          const verdict = verdicts[index]
          if (!verdict) return null
          return (
            <li key={event.id ?? event.type} className="flex min-w-0 flex-col gap-1 border-b px-3 py-2 last:border-b-0">
              <div className="flex flex-wrap items-center gap-2">
                <Badge tone={verdict.matches ? 'good' : 'plain'}>{verdict.matches ? 'Matches' : 'No match'}</Badge>
                <span className="font-medium">{event.type}</span>
                <span className="text-dim text-xs">{verdict.reason}</span>
              </div>
              <code className="truncate text-dim text-xs">{JSON.stringify(event.data)}</code>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function FilterFault({ filter, error }: { filter: string; error: unknown }) {
  const fault = error instanceof ApiError ? error.errors.find(({ path }) => path === 'filter') : undefined
  if (!fault) return <Notice kind="bad">{explain(error)}</Notice>
  const shown = pointAt(filter, fault.message)
  return (
    <Notice kind="warn">
      <p>The expression {fault.message}.</p>
      {shown && <pre className="mt-1 overflow-x-auto font-mono text-xs">{shown}</pre>}
    </Notice>
  )
}

/** The last events of these types, or else what the catalog has as examples of them. */
function useSamples(types: readonly string[]) {
  const { id: workspace } = useWorkspace()
  return useQuery({
    queryKey: ['filter-samples', workspace, types],
    staleTime: 30_000,
    queryFn: async ({ signal }): Promise<Samples> => {
      const compiled = compileTypePatterns(types)
      const isWanted = (type: string) => !compiled.ok || compiled.matches(type)
      const { data: recent } = await api.events.list({ limit: searched }, { workspace, signal }).page()
      const wanted = recent.filter(({ type, test }) => !test && isWanted(type)).slice(0, mostEvents)
      if (wanted.length > 0) {
        const events = await Promise.all(wanted.map(({ id }) => api.events.get(id, { workspace, signal })))
        return {
          areExamples: false,
          events: events.map(({ id, type, tags, created, data }) => ({ id, type, tags, created, data })),
        }
      }
      const { data: catalog } = await api.eventTypes.list({ workspace, signal }).page()
      const examples = catalog.flatMap(({ name, example }) =>
        isWanted(name) && typeof example === 'object' && example !== null ? [{ type: name, data: example }] : [],
      )
      return { areExamples: true, events: examples.slice(0, mostEvents) }
    },
  })
}

/** What was typed, a moment after the last key. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pauseMs)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}
