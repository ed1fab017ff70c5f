import { idPrefix } from '../../server/domain/identifier.ts'
import type { Database } from '../../server/storage/database.ts'
import { loadSettings } from '../audit-history.ts'
import type { Bench, Scenario } from '../bench.ts'
import { withDatabase } from '../data-directory.ts'
import { type DeliveryHistory, insertDeliveryHistory, pausedPlace } from '../delivery-history.ts'
import { type AskedPage, type Found, type PageKind, pageKinds } from '../delivery-pages.ts'
import type { Server } from '../server.ts'
import { insertStatisticsHistory } from '../statistics-history.ts'
import { milliseconds, type Row } from '../table.ts'
import { uuidOf } from '../uuid.ts'
import { Workspace } from '../workspace.ts'

const target = 50
const endpointCount = 500
/** Within the retention, which is 30 days. */
const span = 27 * 86_400_000
/** How many deliveries the other workspace has. */
const few = 20
/** How many different pages of a kind are used in turn. */
const variants = 20
const groupsPath = 'dead-letters/groups'

export const deliveries: Scenario = {
  name: 'deliveries',
  about: 'pages of the deliveries and events of a workspace with ten million deliveries, and of a small one beside it',
  async run(bench) {
    const count = bench.seconds < 30 ? 200_000 : 10_000_000
    return await bench.withServer(async (server, dataDirectory) => {
      const [large, small] = [await Workspace.create(server), await Workspace.create(server)]
      for (let place = 0; place < endpointCount; place++) {
        const endpoint = await large.addEndpoint({ url: bench.receiverUrl(place) })
        if (place === pausedPlace) await large.pause(endpoint)
      }
      await small.pause(await small.addEndpoint({ url: bench.receiverUrl(endpointCount) }))
      await small.publish(few)
      await server.stop()
      bench.say(`deliveries: inserting ${count} deliveries`)
      const until = new Date()
      const history: DeliveryHistory = {
        workspaceId: uuidOf(idPrefix.workspace, large.id),
        endpointIds: large.endpoints.map(({ id }) => uuidOf(idPrefix.endpoint, id)),
        ...{ count, from: new Date(until.getTime() - span), until },
      }
      const insert = async (database: Database) => {
        await insertDeliveryHistory(database, history)
        await insertStatisticsHistory(database, history)
      }
      await withDatabase(dataDirectory, insert, { max: 2, settings: loadSettings })
      const again = await bench.startServer({ dataDirectory })
      bench.say(`deliveries: pages of 50`)
      const rows = [
        ...(await measureLarge(bench, again, large, history)),
        ...(await measureSmall(bench, again, small)),
        ...(await measureOverview(bench, again, large, history)),
      ]
      await again.stop()
      const what = `pages with ${count.toLocaleString('en-US')} deliveries stored, p50 and p99`
      return [{ what, measured: '' }, ...rows]
    })
  },
}

async function measureLarge(
  bench: Bench,
  server: Server,
  { id, endpoints }: Workspace,
  { count, from, until }: DeliveryHistory,
): Promise<Row[]> {
  const newest = await get(server, `${pathOf(id)}/deliveries`)
  const rows: Row[] = []
  const kinds = pageKinds({
    endpoints: endpoints.map((endpoint) => endpoint.id),
    events: newest.data.map(({ event }) => event),
    ...{ count, from, until },
  })
  for (const kind of kinds) {
    const path = `${pathOf(id)}/${kind.list}`
    const asked = Array.from({ length: variants }, () => kind.make())
    for (const [index, page] of asked.entries()) await check(bench, server, path, { kind, page, follow: index === 0 })
    const paths = asked.map(({ query }) => `${path}?${new URLSearchParams(query)}`)
    rows.push(await measure(bench, server, `${kind.list}: ${kind.what}`, paths))
  }
  return rows
}

/** What is fast must also be right. */
async function check(
  bench: Bench,
  server: Server,
  path: string,
  { kind, page, follow }: { kind: PageKind; page: AskedPage; follow: boolean },
): Promise<void> {
  const ask = (more: object) => get(server, `${path}?${new URLSearchParams({ ...page.query, ...more })}`)
  let answer = await ask({})
  // A page may be cut short before anything was found.
  while (follow && kind.found && answer.data.length === 0 && answer.next_cursor !== null) {
    answer = await ask({ cursor: answer.next_cursor })
  }
  const what = `deliveries: ${kind.list}: ${kind.what}, ${new URLSearchParams(page.query)}`
  const isWrong = kind.found ? follow && answer.data.length === 0 : kind.found === false && answer.data.length > 0
  if (isWrong) bench.fail(`${what}: ${answer.data.length} found`)
  const wrong = answer.data.find((found) => !page.passes(found))
  if (wrong) bench.fail(`${what}: ${wrong.id} does not pass`)
}

/** The lists of a workspace that has next to nothing. */
async function measureSmall(bench: Bench, server: Server, { id }: Workspace): Promise<Row[]> {
  const rows: Row[] = []
  for (const list of ['deliveries', 'events']) {
    const path = `${pathOf(id)}/${list}`
    const { data, next_cursor: next } = await get(server, path)
    if (data.length !== few || next !== null) bench.fail(`deliveries: ${data.length} ${list} of ${few} in ${path}`)
    rows.push(await measure(bench, server, `${list}: another workspace, which has ${few}`, [path]))
  }
  return rows
}

/** What the dashboard asks for besides. */
async function measureOverview(
  bench: Bench,
  server: Server,
  { id, endpoints }: Workspace,
  { from }: DeliveryHistory,
): Promise<Row[]> {
  const ids = endpoints.slice(0, 50).map((endpoint) => endpoint.id)
  const asked = {
    'statistics of a day by the hour, with the backlog': 'stats?step=3600',
    'statistics of four weeks by six hours, with the backlog': `stats?step=21600&since=${from.toISOString()}`,
    'statistics of 50 endpoints of a day by the hour': `stats/endpoints?step=3600&ids=${ids.join()}`,
    'the endpoints that fail most': 'stats/endpoints?limit=20',
    'a page of endpoints, with their backlogs': 'endpoints',
  }
  const rows: Row[] = []
  for (const [what, path] of Object.entries(asked)) {
    rows.push(await measure(bench, server, what, [`${pathOf(id)}/${path}`]))
  }
  // It counts all of them, and takes its time.
  const groups = await measure(bench, server, 'all dead letters by endpoint and error', [`${pathOf(id)}/${groupsPath}`])
  return [...rows, { what: groups.what, measured: groups.measured }]
}

async function measure(bench: Bench, server: Server, what: string, paths: readonly string[]): Promise<Row> {
  const { p50, p99, answered } = await bench.repeat('deliveries', {
    ...{ port: server.port, headers: asOperator(server), connections: 1 },
    requests: paths.map((path) => ({ method: 'GET', path })),
    durationSeconds: bench.seconds / 20,
  })
  const measured = `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`
  bench.say(`  ${what}: ${measured} of ${answered}`)
  return { what: `  ${what}`, measured, target: `≤ ${milliseconds(target)}`, met: p99 <= target }
}

interface FoundPage {
  readonly data: readonly Found[]
  readonly next_cursor: string | null
}

async function get(server: Server, path: string): Promise<FoundPage> {
  const response = await fetch(server.url + path, { headers: asOperator(server) })
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${await response.text()}`)
  return (await response.json()) as FoundPage
}

function asOperator({ operatorKey }: Server): Record<string, string> {
  return { Authorization: `Bearer ${operatorKey}` }
}

function pathOf(workspace: string): string {
  return `/v1/workspaces/${workspace}`
}
