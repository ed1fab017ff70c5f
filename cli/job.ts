import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '@atlas-webhooks/sdk'
import type { WorkspaceSession } from './session.ts'
import { Failure } from './usage-error.ts'
import { progressBar } from './view/progress.ts'

// The API has no way to be told of progress.
const askEveryMs = 250

/** Waits for a job to end, and shows how far it is. It goes on by itself, whether somebody waits or not. */
export async function followJob({ atlas, output }: WorkspaceSession, started: Job): Promise<void> {
  const stop = () => {
    if (output.isTerminal) output.say('')
    output.say(`The job ${started.id} goes on without us.`)
    process.exit(130)
  }
  process.once('SIGINT', stop)
  let job = started
  while (job.state === 'running') {
    if (output.isTerminal) output.replaceLine(progressBar(job.done, job.total, output.screen))
    await sleep(askEveryMs)
    job = await atlas.jobs.get(job.id)
  }
  process.off('SIGINT', stop)
  if (output.isTerminal) {
    output.replaceLine(progressBar(job.done, job.total, output.screen))
    output.say('')
  }
  output.result(job, () => `${job.id}  ${job.state}  ${job.done} begun anew\n`)
  if (job.state !== 'done') throw new Failure(`the job is ${job.state}${job.error === null ? '' : `: ${job.error}`}`)
}
