import { setTimeout as sleep } from 'node:timers/promises'
import type { ArrivalReport } from '../arrivals.ts'
import { insertDeliveries } from '../backlog.ts'
import type { Bench, Scenario } from '../bench.ts'
import { microseconds, seconds } from '../clock.ts'
import { withDatabase } from '../data-directory.ts'
import { judged, milliseconds, perSecond, type Row } from '../table.ts'
import { watchTransactions } from '../transactions.ts'
import { type JobProgress, Workspace } from '../workspace.ts'

const rate = 500
const connections = 64
const livePlace = 1
const ratioTarget = 1.5
const transactionTarget = 1_000
const pollMs = 50

export const redelivery: Scenario = {
  name: 'redelivery',
  about: 'a job that redelivers a history in bulk, beside live traffic to another endpoint',
  async run(bench) {
    const count = bench.seconds < 30 ? 20_000 : 50_000
    return await bench.withServer(async (server, dataDirectory) => {
      bench.say(`redelivery: inserting ${count} deliveries that were delivered`)
      const history = await Workspace.create(server)
      await history.addEndpoint({ url: bench.receiverUrl(0) })
      const live = await Workspace.create(server)
      await live.addEndpoint({ url: bench.receiverUrl(livePlace) })
      await server.stop()
      await withDatabase(dataDirectory, (database) =>
        insertDeliveries(database, history, { count, fanOut: 1, state: 'delivered' }, new Date()),
      )
      const again = await bench.startServer({ dataDirectory })
      for (const workspace of [history, live]) workspace.moveTo(again)
      const rows = await measure(bench, { dataDirectory, history, live, count })
      await again.stop()
      return rows
    })
  },
}

interface Setting {
  readonly dataDirectory: string
  readonly history: Workspace
  readonly live: Workspace
  readonly count: number
}

async function measure(bench: Bench, setting: Setting): Promise<Row[]> {
  const { dataDirectory, count } = setting
  const secrets = [...setting.history.endpoints, ...setting.live.endpoints].map(({ secret }) => secret)
  await bench.receiver.call('reset', { secrets })
  bench.say('redelivery: 500/s without a job')
  const before = await publishLive(bench, setting, 0)
  const alone = await liveArrivals(bench, before.from, before.until)
  await bench.receiver.call('reset', { secrets })
  bench.say('redelivery: 500/s beside the job')
  const { result, longest } = await watchTransactions(dataDirectory, () => redeliver(bench, setting))
  const { beside, speed } = result
  bench.say(
    `  ${perSecond(speed)}; received without the job p50 ${alone.p50.toFixed(1)} p99 ${alone.p99.toFixed(1)} ms, ` +
      `beside it p50 ${beside.p50.toFixed(1)} p99 ${beside.p99.toFixed(1)} ms`,
  )
  if (longest !== null) {
    const { ms, state, waitsFor, statement } = longest
    bench.say(`  longest transaction ${milliseconds(ms)}, ${state}, waits for ${waitsFor}: ${statement.slice(0, 100)}`)
  }
  return [
    { what: `redelivery of ${count.toLocaleString('en-US')} by a job, beside 500/s live`, measured: perSecond(speed) },
    { what: '  publish to receipt at 500/s, p99 without the job', measured: milliseconds(alone.p99) },
    { what: '  the same beside the job', measured: milliseconds(beside.p99) },
    judged('  ratio of the two', beside.p99 / alone.p99, { atMost: ratioTarget }, (value) => value.toFixed(2)),
    judged('  longest transaction', longest?.ms ?? Number.NaN, { atMost: transactionTarget }, milliseconds),
  ]
}

/** How live traffic arrives while the job runs, and the deliveries a second that the job gets done in that time. */
async function redeliver(bench: Bench, setting: Setting): Promise<{ beside: ArrivalReport; speed: number }> {
  const { history, count } = setting
  const [endpoint] = history.endpoints
  if (endpoint === undefined) throw new Error('there is no endpoint to redeliver to')
  const id = await history.redeliver(endpoint)
  const [{ job, looks }, { from, until }] = await Promise.all([follow(history, id), publishLive(bench, setting, count)])
  if (job.state !== 'done' || job.done !== count) {
    bench.fail(`redelivery: the job is ${job.state} with ${job.done} of ${count} done, error ${job.error}`)
  }
  const meanwhile = looks.filter(({ at }) => at >= from && at <= until)
  const [first, last] = [meanwhile.at(0), meanwhile.at(-1)]
  if (first === undefined || last === undefined || last.at <= first.at) throw new Error('the job ended too early')
  return {
    beside: await liveArrivals(bench, first.at, last.at),
    speed: (last.done - first.done) / ((last.at - first.at) / seconds(1)),
  }
}

/** Looks at a job until it has ended. */
async function follow(
  workspace: Workspace,
  id: string,
): Promise<{ job: JobProgress; looks: readonly { at: number; done: number }[] }> {
  const looks: { at: number; done: number }[] = []
  for (;;) {
    const job = await workspace.job(id)
    looks.push({ at: microseconds(), done: job.done })
    if (job.state !== 'running') return { job, looks }
    await sleep(pollMs)
  }
}

/** Publishes to the live endpoint and waits for everything to arrive. Gives the time after the warm-up. */
async function publishLive(
  bench: Bench,
  { live }: Setting,
  redelivered: number,
): Promise<{ from: number; until: number }> {
  const load = await bench.publish('redelivery', {
    ...live.publishing(false),
    ...{ connections, batch: null, types: ['bench.e00'], rate },
    durationSeconds: bench.warmUpSeconds + bench.seconds,
  })
  const accepted = load.accepted.reduce((sum, count) => sum + count, 0)
  await bench.settled('redelivery', accepted + redelivered)
  return { from: load.startedAt + seconds(bench.warmUpSeconds), until: load.endedAt }
}

async function liveArrivals(bench: Bench, from: number, until: number): Promise<ArrivalReport> {
  return await bench.receiver.call('report', { from, until, paths: [livePlace] })
}
