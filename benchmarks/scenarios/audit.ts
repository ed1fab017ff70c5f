import { idPrefix } from '../../server/domain/identifier.ts'
import { randomEntry } from '../audit-content.ts'
import { type AuditHistory, insertAuditHistory, loadSettings } from '../audit-history.ts'
import { type AuditSearch, type FoundEntry, type SearchKind, searchKinds } from '../audit-pages.ts'
import type { Bench, Scenario } from '../bench.ts'
import { withDatabase } from '../data-directory.ts'
import type { Server } from '../server.ts'
import { judged, milliseconds, perSecond, type Row } from '../table.ts'
import { uuidOf } from '../uuid.ts'
import { Workspace } from '../workspace.ts'

const recordTarget = 5_000
const connections = 8
const batch = 100
const searchTarget = 50
/** How many different requests to record, and searches of a kind, are used in turn. */
const variants = 40
const hour = 3_600_000
/** Between two entries. Ten million then take most of a year, the retention. */
const distance = 2_592

export const audit: Scenario = {
  name: 'audit',
  about: 'audit entries recorded in batches in one workspace, and the log of another one of ten million searched',
  async run(bench) {
    const count = bench.seconds < 30 ? 200_000 : 10_000_000
    return await bench.withServer(async (server, dataDirectory) => {
      const recorded = await record(bench, server)
      const { id } = await Workspace.create(server)
      await server.stop()
      bench.say(`audit: inserting ${count} entries`)
      const until = new Date(Date.now() - hour)
      const history = {
        workspaceId: uuidOf(idPrefix.workspace, id),
        count,
        from: new Date(until.getTime() - count * distance),
        until,
      }
      await withDatabase(dataDirectory, (database) => insertAuditHistory(database, history), {
        ...{ max: 2, settings: loadSettings },
      })
      const again = await bench.startServer({ dataDirectory })
      const searched = await search(bench, again, id, history)
      await again.stop()
      return [...recorded, ...searched]
    })
  },
}

async function record(bench: Bench, server: Server): Promise<Row[]> {
  bench.say(`audit: recording in one workspace, batches of ${batch}, ${connections} connections`)
  const workspace = await Workspace.create(server)
  const path = logPath(workspace.id)
  const { headers } = workspace.publishing(true)
  const requests = Array.from({ length: variants }, () => {
    const body = JSON.stringify({ entries: Array.from({ length: batch }, randomEntry) })
    return { method: 'POST', path: `${path}/batch`, body } as const
  })
  const load = { port: server.port, headers, requests, connections }
  await bench.repeat('audit', { ...load, durationSeconds: bench.warmUpSeconds })
  const before = await newest(server, path)
  const report = await bench.repeat('audit', { ...load, durationSeconds: bench.seconds })
  const added = (await newest(server, path)) - before
  if (added !== report.answered * batch) {
    bench.fail(`audit: the log has ${added} more entries, but ${report.answered * batch} were answered with 202`)
  }
  const rate = added / report.tookSeconds
  bench.say(`  ${perSecond(rate)}; answered p50 ${report.p50.toFixed(1)} p99 ${report.p99.toFixed(1)} ms`)
  const what = `audit entries recorded in one workspace, batches of ${batch}, ${connections} connections`
  return [judged(what, rate, { atLeast: recordTarget }, perSecond)]
}

/** Pages of one log, one after the other. */
async function search(bench: Bench, server: Server, workspace: string, history: AuditHistory): Promise<Row[]> {
  const path = logPath(workspace)
  const rows: Row[] = []
  let worst = 0
  for (const kind of searchKinds(history)) {
    const searches = Array.from({ length: variants }, () => kind.make())
    for (const each of searches) await check(bench, server, path, kind, each)
    const requests = searches.map(({ query }) => ({ method: 'GET', path: `${path}?${params(query)}` }) as const)
    const { p50, p99, answered } = await bench.repeat('audit', {
      ...{ port: server.port, headers: asOperator(server), requests, connections: 1 },
      durationSeconds: bench.seconds / 10,
    })
    bench.say(`  ${kind.what}: p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms of ${answered} pages`)
    worst = Math.max(worst, p99)
    rows.push({ what: `  ${kind.what}`, measured: `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}` })
  }
  const what = `pages of an audit log of ${history.count.toLocaleString('en-US')} entries, the worst p99`
  return [judged(what, worst, { atMost: searchTarget }, milliseconds), ...rows]
}

interface FoundPage {
  readonly data: readonly FoundEntry[]
  readonly next_cursor: string | null
}

/** What is fast must also be right. */
async function check(bench: Bench, server: Server, path: string, { what, found }: SearchKind, search: AuditSearch) {
  let page = await get(server, `${path}?${params(search.query)}`)
  // A page may be cut short before anything was found.
  while (page.data.length === 0 && page.next_cursor !== null) {
    page = await get(server, `${path}?${params({ ...search.query, cursor: page.next_cursor })}`)
  }
  if (page.data.length > 0 !== found) bench.fail(`audit: ${what}, ${params(search.query)}: ${page.data.length} entries`)
  const wrong = page.data.find((entry) => !search.passes(entry))
  if (wrong) bench.fail(`audit: ${what}, ${params(search.query)}: entry ${wrong.sequence} does not pass`)
}

async function newest(server: Server, path: string): Promise<number> {
  return (await get(server, `${path}?limit=1`)).data[0]?.sequence ?? 0
}

async function get(server: Server, path: string): Promise<FoundPage> {
  const response = await fetch(server.url + path, { headers: asOperator(server) })
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${await response.text()}`)
  return (await response.json()) as FoundPage
}

function asOperator({ operatorKey }: Server): Record<string, string> {
  return { Authorization: `Bearer ${operatorKey}` }
}

function params(query: Readonly<Record<string, string>>): string {
  return new URLSearchParams(query).toString()
}

function logPath(workspace: string): string {
  return `/v1/workspaces/${workspace}/audit-log`
}
