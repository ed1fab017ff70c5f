import type { Job } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { api } from '../api/client.ts'
import { explain } from '../api/explain.ts'
import { useWorkspace } from '../api/me.ts'
import { Button } from './button.tsx'
import { Id } from './copy.tsx'
import { Notice } from './notice.tsx'

const refreshMs = 1_000

const words: Readonly<Record<Job['state'], string>> = {
  running: 'Under way',
  done: 'Done',
  canceled: 'Canceled',
  failed: 'Failed',
}

/** How far a job has come, until it ends, with a way to stop it. */
export function JobProgress({ job: started }: { job: Job }) {
  const { id: workspace } = useWorkspace()
  const client = useQueryClient()
  const { data: job = started, refetch } = useQuery({
    queryKey: ['job', workspace, started.id],
    queryFn: ({ signal }) => api.jobs.get(started.id, { workspace, signal }),
    initialData: started,
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? refreshMs : false),
  })
  const cancel = useMutation({
    mutationFn: () => api.jobs.cancel(started.id, { workspace }),
    onSuccess: () => refetch(),
  })
  const isRunning = job.state === 'running'
  useEffect(() => {
    if (isRunning) return
    for (const what of ['deliveries', 'dead-letters']) void client.invalidateQueries({ queryKey: [what, workspace] })
  }, [isRunning, client, workspace])
  return (
    <section aria-label="Progress" className="flex flex-col gap-2 rounded-md border p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p aria-live="polite">
          {words[job.state]}: {told(job)}
        </p>
        {isRunning && (
          <Button size="small" isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        )}
      </div>
      <progress className="h-2 w-full accent-accent" aria-label="Deliveries begun anew" {...measure(job)} />
      <Id id={job.id} className="self-start" />
      {job.error && <Notice kind="bad">{job.error}</Notice>}
      {cancel.error && <Notice kind="bad">{explain(cancel.error)}</Notice>}
    </section>
  )
}

function told({ done, total }: Job): string {
  if (total === null) return `${done} begun anew, still counting`
  return total === 0 ? 'nothing is to be sent again' : `${done} of ${total} begun anew`
}

/** Without a value the bar moves, since the end is not known. */
function measure({ state, done, total }: Job): { max?: number; value?: number } {
  if (total !== null && total > 0) return { max: total, value: done }
  return state === 'running' ? {} : { max: 1, value: 1 }
}
