import { ApiError } from '@atlas-webhooks/sdk/src/api-error.ts'
import type { FilterVerdict } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api } from '../../../api/client.ts'
import { explain } from '../../../api/explain.ts'
import { useWorkspace } from '../../../api/me.ts'
import { Badge } from '../../../parts/badge.tsx'
import { Notice } from '../../../parts/notice.tsx'
import { Loading } from '../../../parts/skeleton.tsx'
import { type Stream, wordsOf } from '../stream.ts'
import { pointAt } from './filter-fault.ts'
import { type Sample, type Samples, useSamples } from './filter-samples.ts'

const pauseMs = 300

/** What the filter says about each of the last events of the chosen types, and why. */
export function FilterVerdicts({
  filter,
  types,
  stream,
  isFaultTold,
}: {
  filter: string
  types: readonly string[]
  stream: Stream
  /** At the field, since it was submitted with it. */
  isFaultTold: boolean
}) {
  const { id: workspace } = useWorkspace()
  const samples = useSamples(stream, types)
  const settled = useSettled(filter)
  const { data, error } = useQuery({
    queryKey: ['filter-verdicts', workspace, settled, samples.data],
    enabled: samples.data !== undefined,
    queryFn: async ({ signal }) => {
      const { list, areExamples } = samples.data ?? none
      const asked = list.length > 0 ? list.map(({ tried }) => tried) : [nothing]
      const verdicts = await Promise.all(
        asked.map((tried) => api.filters.test({ filter: settled, ...tried }, { workspace, signal })),
      )
      return { list, areExamples, verdicts }
    },
    placeholderData: keepPreviousData,
  })
  const failed = error ?? samples.error
  if (failed) return <FilterFault filter={settled} error={failed} isTold={isFaultTold} />
  if (!data) return <Loading lines={2} />
  const { event, events } = wordsOf({ stream })
  if (data.list.length === 0) {
    return (
      <p className="text-dim text-xs">The expression can be read. There is no {event} of these types to try it on.</p>
    )
  }
  return <Verdicts {...data} events={events} />
}

const none: Samples = { list: [], areExamples: false }
const nothing: Sample['tried'] = { event: { type: 'atlas.test', data: {} } }

function Verdicts({
  list,
  areExamples,
  verdicts,
  events,
}: Samples & {
  verdicts: readonly FilterVerdict[]
  events: string
}) {
  const matching = verdicts.filter(({ matches }) => matches).length
  return (
    <section aria-label={`What the filter does with recent ${events}`} className="rounded-md border">
      <p className="border-b bg-soft px-3 py-1.5 text-xs" aria-live="polite">
        Passes {matching} of{' '}
        {areExamples
          ? `${verdicts.length} examples in the catalog`
          : `the last ${verdicts.length} ${events} of these types`}
      </p>
      <ul>
        {list.map(({ id, type, data }, index) => {
          const verdict = verdicts[index]
          if (!verdict) return null
          return (
            <li key={id} className="flex min-w-0 flex-col gap-1 border-b px-3 py-2 last:border-b-0">
              <div className="flex flex-wrap items-center gap-2">
                <Badge tone={verdict.matches ? 'good' : 'plain'}>{verdict.matches ? 'Matches' : 'No match'}</Badge>
                <span className="font-medium">{type}</span>
                <span className="text-dim text-xs">{verdict.reason}</span>
              </div>
              <code className="truncate text-dim text-xs">{JSON.stringify(data)}</code>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function FilterFault({ filter, error, isTold }: { filter: string; error: unknown; isTold: boolean }) {
  const fault = error instanceof ApiError ? error.errors.find(({ path }) => path === 'filter') : undefined
  if (!fault) return <Notice kind="bad">{explain(error)}</Notice>
  const shown = pointAt(filter, fault.message)
  if (isTold && !shown) return null
  return (
    <Notice kind="warn">
      {!isTold && <p>The filter cannot be read: {fault.message}</p>}
      {shown && <pre className="mt-1 overflow-x-auto font-mono text-xs">{shown}</pre>}
    </Notice>
  )
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
