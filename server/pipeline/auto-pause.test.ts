import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import type { DeadLetterReason } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { Database, type Session } from '../storage/database.ts'
import { findEndpoint } from '../storage/endpoint.ts'
import { registerNode } from '../storage/node.ts'
import { SettableClock } from '../testing/clock.ts'
import { createTestDatabase } from '../testing/database.ts'
import { eventually } from '../testing/eventually.ts'
import { attemptOf, newId, Seed, testSealing } from '../testing/seed.ts'
import { AutoPause } from './auto-pause.ts'
import { Record } from './record.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000)
const log = pino({ level: 'silent' })
const success = {
  name: 'success',
  text: 'update endpoint_health set last_success_at = $2 where endpoint_id = $1',
}
const resume = { name: 'resume', text: 'update endpoints set resumed_at = $2 where id = $1' }
const waitingForLock = {
  name: 'waiting-for-lock',
  text: `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
}
const terminate = { name: 'terminate', text: 'select pg_terminate_backend($1)' }
const lockEndpoint = { name: 'lock-endpoint', text: 'select from endpoints where id = $1 for update' }

/** Counts how often somebody turns to Postgres. */
class CountingDatabase extends Database {
  sessions = 0
  #open = 0

  override async session<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    this.sessions++
    this.#open++
    try {
      return await super.session(work)
    } finally {
      this.#open--
    }
  }

  idle(): boolean {
    return this.#open === 0
  }
}

async function open(t: TestContext) {
  const { url } = await createTestDatabase(t)
  const database = new CountingDatabase(url, { max: 5, log })
  t.after(() => database.close())
  const seed = await Seed.plant(database)
  const clock = new SettableClock()
  const autoPause = new AutoPause({ database, clock, log, newId, audited: () => {} })
  const stored = async ({ id }: Endpoint) => {
    const found = await findEndpoint(database, seed.workspaceId, id, testSealing.keyring)
    return [found?.status, found?.statusReason]
  }
  return { database, seed, clock, autoPause, stored }
}

function dead(firstAttemptAt: Date, deadLetterReason: DeadLetterReason = 'retries_exhausted') {
  return { deadLetterReason, firstAttemptAt }
}

const fine = { gone: false, startedAt: at(30) }
const answered410 = { gone: true, startedAt: at(30) }

function alive(firstAttemptAt = at(0)) {
  return { deadLetterReason: null, firstAttemptAt }
}

test('while one endpoint cannot be paused, the outcomes of all others are recorded', async (t) => {
  const { database, seed, stored } = await open(t)
  const node = await registerNode(database, new Date())
  const told = new Set<string>()
  const record = new Record({
    ...{ database, clock: new SettableClock(), log, newId, random: () => 0 },
    recorded: (task) => void told.add(task.delivery.id),
    audited: () => {},
  })
  const [failing, fine] = [await seed.endpoint({ retryScheduleSeconds: [] }), await seed.endpoint()]
  const add = async (endpoint: Endpoint, outcome: 'success' | 'retry') => {
    const task = await seed.claimed(endpoint, node)
    record.add(task, endpoint, {
      ...{
        attempt: attemptOf(task, outcome),
        endedAt: new Date(),
        retryAfterSeconds: null,
        gone: false,
        interrupted: false,
      },
    })
    return await eventually(async () => told.has(task.delivery.id) || null)
  }
  await database.session(async (holder) => {
    await holder.script('begin')
    await holder.query(lockEndpoint, [failing.id])
    await add(failing, 'retry')
    await eventually(async () => ((await database.query(waitingForLock)).length === 1 ? true : null))
    for (let count = 0; count < 5; count++) await add(fine, 'success')
    assert.equal((await database.query(waitingForLock)).length, 1)
    await holder.script('commit')
  })
  await record.stop()
  assert.deepEqual([(await stored(failing))[0], (await stored(fine))[0]], ['paused', 'active'])
})

test('an endpoint that keeps dead-lettering beside successes costs one read a second and no transaction', async (t) => {
  const { seed, clock, autoPause, database, stored } = await open(t)
  const flaky = await seed.endpoint()
  await database.execute(success, [flaky.id, at(50)])
  const before = database.sessions
  for (let second = 0; second < 3; second++) {
    for (let first = 0; first < 40; first++) {
      autoPause.recorded(flaky.id, fine, dead(at(first)))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await eventually(() => (database.idle() ? true : null))
    clock.advance(1_000)
  }
  await autoPause.drain()
  // The first dead letter is looked at when it comes, those behind it once for each second.
  assert.equal(database.sessions - before, 4)
  assert.equal((await stored(flaky))[0], 'active')
})

test('410 does not wait for the second that dead letters wait for', async (t) => {
  const { seed, autoPause, database, stored } = await open(t)
  const [failing, gone] = [await seed.endpoint(), await seed.endpoint()]
  await database.execute(success, [failing.id, at(50)])
  autoPause.recorded(failing.id, fine, dead(at(1)))
  await eventually(() => (database.idle() ? true : null))
  // The clock stands still from here on.
  autoPause.recorded(gone.id, answered410, alive())
  await eventually(async () => ((await stored(gone))[0] === 'paused' ? true : null))
  assert.deepEqual(await stored(gone), ['paused', 'the endpoint answered 410 Gone'])
  assert.equal((await stored(failing))[0], 'active')
})

test('an endpoint that could not be paused because its connection was lost is paused a second later', async (t) => {
  const { seed, clock, autoPause, database, stored } = await open(t)
  const [failing, other] = [await seed.endpoint(), await seed.endpoint()]
  await database.session(async (holder) => {
    await holder.script('begin')
    await holder.query(lockEndpoint, [failing.id])
    autoPause.recorded(failing.id, fine, dead(at(1), 'rejected'))
    autoPause.recorded(other.id, answered410, alive())
    const [{ pid } = { pid: 0 }] = await eventually(async () => {
      const rows = await database.query<{ pid: number }>(waitingForLock)
      return rows.length === 1 ? rows : null
    })
    await holder.query(terminate, [pid])
    await holder.script('commit')
  })
  await eventually(() => (database.idle() ? true : null))
  assert.equal((await stored(failing))[0], 'active')
  clock.advance(1_000)
  await eventually(async () => ((await stored(failing))[0] === 'paused' ? true : null))
  await autoPause.drain()
  assert.equal((await stored(other))[0], 'paused')
})

test('property: in whatever rounds troubles are looked at, an endpoint is paused if and only if one of them says so', async (t) => {
  const { database, seed, autoPause, stored } = await open(t)
  const step = fc.record({
    // Rare, or it would decide nearly every run.
    goneAt: fc.nat(99).map((number) => (number > 80 ? number - 79 : null)),
    deadSince: fc.option(fc.nat(20)),
    drained: fc.nat(3).map((number) => number === 3),
  })
  // Of what is noted while a round is under way, 410 must not be forgotten.
  const dying = { goneAt: null, deadSince: 5, drained: false }
  const answeredGone = { goneAt: 6, deadSince: null, drained: false }
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.option(fc.integer({ min: 10, max: 25 })),
      fc.option(fc.integer({ min: 0, max: 20 })),
      async (steps, succeeded, resumed) => {
        const endpoint = await seed.endpoint()
        if (succeeded !== null) await database.execute(success, [endpoint.id, at(succeeded)])
        if (resumed !== null) await database.execute(resume, [endpoint.id, at(resumed)])
        for (const { goneAt, deadSince, drained } of steps) {
          const attempt = { gone: goneAt !== null, startedAt: at(goneAt ?? 30) }
          autoPause.recorded(endpoint.id, attempt, deadSince === null ? alive() : dead(at(deadSince)))
          if (drained) await autoPause.drain()
        }
        await autoPause.drain()
        const isAfter = (time: number | null, other: number | null) => time !== null && (other === null || other < time)
        const fatal = steps.some(
          ({ goneAt, deadSince }) =>
            isAfter(goneAt, resumed) || (isAfter(deadSince, resumed) && isAfter(deadSince, succeeded)),
        )
        assert.equal((await stored(endpoint))[0], fatal ? 'paused' : 'active')
      },
    ),
    { numRuns: 150, examples: [[[dying, answeredGone, dying], 20, null]] },
  )
})
