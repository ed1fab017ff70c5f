import { Progress } from '@base-ui/react/progress'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { api } from '../api/client.ts'
import { useWorkspace } from '../api/me.ts'
import { Button } from './button.tsx'
import { Failure } from './failure.tsx'
import { Notice } from './notice.tsx'

const refreshMs = 500

/** How far a job has come, and a way to stop it. */
export function JobProgress({ job: id }: { job: string }) {
  const { id: workspace } = useWorkspace()
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['job', workspace, id],
    queryFn: ({ signal }) => api.jobs.get(id, { workspace, signal }),
    refetchInterval: ({ state }) => (state.data && state.data.state !== 'running' ? false : refreshMs),
  })
  const isOver = data !== undefined && data.state !== 'running'
  useEffect(() => {
    // What the job has changed is shown on this page and others.
    if (isOver) void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'job' })
  }, [isOver, client])
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return null
  const { done, total, state } = data
  if (state === 'failed')
    return (
      <Notice kind="bad">
        The job failed after {done}: {data.error}
      </Notice>
    )
  if (state !== 'running') {
    const word = done === 1 ? 'delivery was' : 'deliveries were'
    return (
      <Notice
        kind={state === 'done' ? 'good' : 'info'}
      >{`${done} ${word} begun anew${state === 'canceled' ? ', then it was stopped' : ''}.`}</Notice>
    )
  }
  return (
    <div className="flex items-center gap-3">
      <Progress.Root
        value={total === null ? null : done}
        max={Math.max(total ?? 1, 1)}
        className="grow"
        aria-label="Progress of the job"
      >
        <Progress.Track className="h-2 overflow-hidden rounded bg-soft">
          <Progress.Indicator className="h-full bg-accent" />
        </Progress.Track>
      </Progress.Root>
      <span>{total === null ? `${done}, still counting` : `${done} of ${total}`}</span>
      <Button size="small" onClick={() => void api.jobs.cancel(id, { workspace }).then(() => refetch())}>
        Stop
      </Button>
    </div>
  )
}
