import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { AttemptError } from '../domain/attempt.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { createTestDatabase } from '../testing/database.ts'
import { type History, plantHistory } from '../testing/history.ts'
import { Seed } from '../testing/seed.ts'
import type { Queryable } from './database.ts'
import { type DeadLetterGroup, groupDeadLetters } from './dead-letter-group.ts'

const day = 86_400_000
const dead = (error: AttemptError, status: number | null = null) =>
  ({ state: 'dead_letter', failure: { error, status } }) as const

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const { workspaceId } = seed
  const all = { endpointId: null, type: null, since: null, until: null, stream: null, patience: 0, workspaceId }
  const plant = (endpoint: Endpoint, count: number, history: Partial<History>) =>
    plantHistory(database, { workspaceId: endpoint.workspaceId, endpointId: endpoint.id, count, ...history })
  return { database, seed, all, plant }
}

function shown(groups: readonly DeadLetterGroup[]) {
  return groups.map((each) => [each.endpointId, each.lastError, each.lastStatus, each.count])
}

test('dead letters are grouped by endpoint and error, a status where it is the fault, the largest group first', async (t) => {
  const { database, seed, all, plant } = await open(t)
  const [crm, erp, audit] = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint({ stream: 'audit' })]
  const foreign = await (await Seed.plant(database)).endpoint()
  const earlier = new Date(Date.now() - day)
  await plant(crm, 5, dead('status', 500))
  await plant(crm, 4, { ...dead('status', 404), type: 'contact.created' })
  await plant(crm, 2, dead('timeout'))
  await plant(crm, 1, { ...dead('timeout', 200), at: earlier })
  await plant(erp, 6, { state: 'dead_letter' })
  await plant(erp, 7, { failure: { error: 'timeout', status: null } })
  await plant(audit, 8, dead('tls'))
  await plant(foreign, 9, dead('dns'))
  const groupsOf = async (given: Partial<typeof all>) =>
    shown((await groupDeadLetters(database, { ...all, ...given }, Date.now)).groups)

  const tls = [audit.id, 'tls', null, 8]
  const ofCrm = [
    [crm.id, 'status', 500, 5],
    [crm.id, 'status', 404, 4],
    [crm.id, 'timeout', null, 3],
  ]
  assert.deepEqual(await groupsOf({}), [tls, [erp.id, 'unknown', null, 6], ...ofCrm])
  assert.deepEqual(await groupsOf({ stream: 'events' as never }), [[erp.id, 'unknown', null, 6], ...ofCrm])
  assert.deepEqual(await groupsOf({ endpointId: crm.id as never }), ofCrm)
  assert.deepEqual(await groupsOf({ type: 'contact.*' as never }), [ofCrm[1]])
  assert.deepEqual(await groupsOf({ until: new Date(Date.now() - day / 2) as never }), [[crm.id, 'timeout', null, 1]])
  const { groups } = await groupDeadLetters(database, { ...all, endpointId: crm.id }, Date.now)
  const timeouts = groups.find(({ lastError }) => lastError === 'timeout')
  assert.deepEqual(timeouts?.firstDeadLetteredAt, earlier)
  assert(timeouts && timeouts.lastDeadLetteredAt > earlier)
})

test('a million is counted in portions of the index alone, until the time is up', async (t) => {
  const { database, seed, all, plant } = await open(t)
  const endpoint = await seed.endpoint()
  await plant(endpoint, 30_000, {})
  await plant(endpoint, 45_000, dead('status', 500))
  await database.session((session) => session.script('vacuum analyze deliveries'))
  const plans: string[] = []
  const explaining: Queryable = {
    async query<Row extends object>(statement: { name: string; text: string }, values: readonly unknown[] = []) {
      const explained = { name: '', text: `explain (analyze, costs off, timing off, summary off) ${statement.text}` }
      const lines = await database.query<{ 'QUERY PLAN': string }>(explained, values)
      plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'))
      return await database.query<Row>(statement, values)
    },
    execute: (statement, values) => database.execute(statement, values),
  }
  const whole = await groupDeadLetters(explaining, { ...all, patience: Number.POSITIVE_INFINITY }, Date.now)
  assert.deepEqual([shown(whole.groups), whole.more], [[[endpoint.id, 'status', 500, 45_000]], false])
  assert.equal(plans.length, 3)
  for (const plan of plans) assert.match(plan, /Index Only Scan.* using \S+workspace_id_id_endpoint_id/, plan)
  // The clock goes on by ten milliseconds with each look at it: two portions.
  let time = 0
  const part = await groupDeadLetters(database, { ...all, patience: 15 }, () => (time += 10))
  assert.deepEqual([shown(part.groups), part.more], [[[endpoint.id, 'status', 500, 40_000]], true])
})
