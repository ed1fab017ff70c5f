import type { FilterTest } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { compileTypePatterns } from '../../../../../server/domain/type-pattern.ts'
import { api } from '../../../api/client.ts'
import { useWorkspace } from '../../../api/me.ts'
import type { Stream } from '../stream.ts'

const most = 8
const searched = 100

/** What a filter is tried on. */
export interface Sample {
  readonly id: string
  readonly type: string
  /** What is shown of it. */
  readonly data: unknown
  readonly tried: Omit<FilterTest, 'filter'>
}

export interface Samples {
  readonly list: readonly Sample[]
  /** No such event was published yet. */
  readonly areExamples: boolean
}

type Read = (isWanted: (type: string) => boolean, workspace: string, signal: AbortSignal) => Promise<Samples>

/** The last events or entries of these types; where no such event was published, what the catalog has as examples. */
export function useSamples(stream: Stream, types: readonly string[]): UseQueryResult<Samples> {
  const { id: workspace } = useWorkspace()
  return useQuery({
    queryKey: ['filter-samples', workspace, stream, types],
    staleTime: 30_000,
    queryFn: ({ signal }) => {
      const compiled = compileTypePatterns(types)
      return readers[stream]((type) => !compiled.ok || compiled.matches(type), workspace, signal)
    },
  })
}

const readEvents: Read = async (isWanted, workspace, signal) => {
  const { data: recent } = await api.events.list({ limit: searched }, { workspace, signal }).page()
  const wanted = recent.filter(({ type, test }) => !test && isWanted(type)).slice(0, most)
  if (wanted.length > 0) {
    const events = await Promise.all(wanted.map(({ id }) => api.events.get(id, { workspace, signal })))
    const list = events.map(({ id, type, tags, created, data }) => ({
      ...{ id, type, data },
      tried: { event: { id, type, tags, created, data } },
    }))
    return { list, areExamples: false }
  }
  const { data: catalog } = await api.eventTypes.list({ workspace, signal }).page()
  const examples = catalog.flatMap(({ name: type, example: data }) =>
    isWanted(type) && typeof data === 'object' && data !== null
      ? [{ ...{ id: type, type, data }, tried: { event: { type, data } } }]
      : [],
  )
  return { list: examples.slice(0, most), areExamples: true }
}

const readEntries: Read = async (isWanted, workspace, signal) => {
  const [{ audit_type_prefix: prefix }, { data }] = await Promise.all([
    api.workspaces.get(workspace, { signal }),
    api.auditLog.list({ limit: searched }, { workspace, signal }).page(),
  ])
  const list = data.map(({ id, category, action, actor, target, description, metadata }) => ({
    ...{ id, type: `${prefix}.${category}.${action}`, data: { actor, target, description, metadata } },
    tried: { entry: { category, action, actor, target, description, metadata } },
  }))
  return { list: list.filter(({ type }) => isWanted(type)).slice(0, most), areExamples: false }
}

const readers: Readonly<Record<Stream, Read>> = { events: readEvents, audit: readEntries }
