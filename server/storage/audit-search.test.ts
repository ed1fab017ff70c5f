import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import type { AuditEntry, NewAuditEntry } from '../domain/audit.ts'
import { type AuditFilter, searchTerms, segmentBits } from '../domain/audit-search.ts'
import { createTestDatabase } from '../testing/database.ts'
import { Planner } from '../testing/planner.ts'
import { Seed } from '../testing/seed.ts'
import { appendAudit } from './audit-append.ts'
import { markPurged } from './audit-purge.ts'
import { listAudit } from './audit-search.ts'
import type { Database } from './database.ts'

const start = Date.UTC(2026, 0, 1)
const minute = 60_000
const everything: AuditFilter = { actorId: null, category: null, action: null, text: null }

interface Search extends Partial<AuditFilter> {
  readonly since?: Date | null
  readonly until?: Date | null
}

/** A chain with entries in many segments, which are not full: it goes on as if more had been recorded and removed. */
async function open(t: TestContext) {
  const { database, url } = await createTestDatabase(t)
  const { workspaceId } = await Seed.plant(database)
  const stored: AuditEntry[] = []
  const skip = {
    name: 'skip',
    text: 'update audit_chains set last_sequence = ((last_sequence >> $2) + 1 << $2) - 4 where workspace_id = $1',
  }
  return {
    ...{ database, url, workspaceId, stored },
    /** A few entries end one segment, the others begin the next one. */
    async append(entries: readonly { description: string; category?: string; actor?: string }[]) {
      await database.execute(skip, [workspaceId, segmentBits])
      const news = entries.map(({ description, category = 'lock', actor = 'user_1' }, index): NewAuditEntry => {
        const occurredAt = new Date(start + (stored.length + index) * minute)
        return {
          ...{ category, action: 'created', description, metadata: '{}', occurredAt, recordedBy: 'operator' },
          actor: { type: 'user', id: actor, name: null, ip: null },
          target: { type: 'stack', id: 'st_1', name: null },
        }
      })
      const appended = await database.transaction((transaction) =>
        appendAudit(transaction, workspaceId, news, new Date(start)),
      )
      stored.push(...appended)
    },
    /** All pages of a search. */
    async pages(search: Search, { patience = 60_000, limit = 50, on = database as Database } = {}) {
      const { since = null, until = null, ...filter } = search
      const terms = searchTerms({ ...everything, ...filter })
      const pages: number[][] = []
      for (let before: number | null = null; ; ) {
        const page = await listAudit(on, workspaceId, { since, until, terms, limit, before, patience })
        pages.push(page.rows.map(({ sequence }) => sequence))
        if (page.next === null) return pages
        assert(before === null || Number(page.next) < before, 'each page gets further than the one before')
        before = Number(page.next)
      }
    },
  }
}

/** What a search must find, found by looking at every entry. */
function expected(stored: readonly AuditEntry[], { since, until, actorId, category, text }: Search): number[] {
  const words = text?.split(' ') ?? []
  const passes = (entry: AuditEntry): boolean =>
    words.every((word) => entry.description.split(' ').some((other) => other.startsWith(word))) &&
    (!actorId || entry.actor.id === actorId) &&
    (!category || entry.category === category) &&
    (!since || entry.occurredAt >= since) &&
    (!until || entry.occurredAt < until)
  return stored
    .filter(passes)
    .map(({ sequence }) => sequence)
    .reverse()
}

test('whatever is searched for, the pages together are what looking at every entry finds', async (t) => {
  const { append, pages, stored, database, workspaceId } = await open(t)
  for (let segment = 0; segment < 12; segment++) {
    const entries = Array.from({ length: 100 }, (_, index) => {
      const number = segment * 100 + index
      const words = [
        'every',
        number % 2 ? 'odd' : 'even',
        number % 30 === 7 ? 'seldom' : '',
        number === 333 ? 'once' : '',
      ]
      return {
        description: words.join(' ').trim(),
        category: number % 3 ? 'lock' : 'release',
        actor: `user_${number % 5}`,
      }
    })
    await append(entries)
  }
  // Purged, but not removed yet.
  const purged = stored[150]?.sequence ?? 0
  assert(await markPurged(database, { workspaceId, purgedSequence: 0 }, purged, new Date(start)))
  const kept = stored.filter(({ sequence }) => sequence > purged)
  const word = fc.constantFrom('every', 'eve', 'odd', 'even', 'seldom', 'once', 'never')
  const time = fc.option(fc.integer({ min: -100, max: 1_300 }).map((minutes) => new Date(start + minutes * minute)))
  const search = fc.record({
    text: fc.option(fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '))),
    actorId: fc.option(fc.constantFrom('user_1', 'user_4', 'user_9')),
    category: fc.option(fc.constantFrom('lock', 'release')),
    since: time,
    until: time,
  })
  const page = fc.record({ limit: fc.integer({ min: 1, max: 60 }), patience: fc.constantFrom(0, 60_000) })
  await fc.assert(
    fc.asyncProperty(search, page, async (given, options) => {
      const found = await pages(given, options)
      assert.deepEqual(found.flat(), expected(kept, given))
      const full = found.slice(0, -1).every(({ length }) => length === options.limit)
      assert(full || options.patience === 0, 'with time enough every page but the last one is full')
    }),
    { numRuns: 150 },
  )
})

test('a page whose time is up is cut after the segment that it looks at, and the next one goes on there', async (t) => {
  const { append, pages, stored } = await open(t)
  for (let segment = 0; segment < 5; segment++)
    await append(Array(6).fill({ description: segment === 1 ? 'here' : '' }))
  const here = expected(stored, { text: 'here' })
  assert.deepEqual(
    [here.length, await pages({ text: 'here' }, { patience: 0 })],
    [6, [[], [], [], here.slice(0, 3), here.slice(3)]],
    'three of the entries begin a segment, three end the one before it',
  )
  assert.deepEqual(await pages({ text: 'nowhere' }, { patience: 0 }), [[], [], [], [], []])
  assert.deepEqual(await pages({ text: 'here' }), [here])
  // Without a word too: where times are in no order, a segment may have nothing of the time that is asked for.
  const time = { since: new Date(start + 8 * minute), until: new Date(start + 9 * minute) }
  assert.deepEqual((await pages(time, { patience: 0 })).flat(), [stored[8]?.sequence])
})

test('what a page reads does not grow with the log, and where a word does not occur, hardly', async (t) => {
  const { append, pages, url, workspaceId } = await open(t)
  const planner = Planner.open(t, url)
  const query = (text: string): string => `$$${searchTerms({ ...everything, text })?.join(' & ')}$$`
  const page = `'${workspaceId}', 9000000000, null, null, 51, 60000`
  const walk = (text: string) => planner.blocksOf(`"walk-audit-entries"(${page}, ${query(text)})`)
  const search = (text: string) => planner.blocksOf(`"search-audit-entries"(${page}, null, ${query(text)})`)
  const isPrepared = async (name: string): Promise<boolean> =>
    (await planner.database.query({ name: '', text: 'select from pg_prepared_statements where name = $1' }, [name]))
      .length > 0
  const grow = async (segments: number): Promise<void> => {
    for (let count = 0; count < segments; count++) {
      await append(Array.from({ length: 300 }, (_, index) => ({ description: `common ${index % 30 ? '' : 'seldom'}` })))
    }
  }
  await grow(10)
  await pages({ text: 'common' }, { on: planner.database })
  assert(!(await isPrepared('search-audit-entries')), 'what most entries have is found without the index')
  await pages({ text: 'common seldom' }, { on: planner.database })
  assert(await isPrepared('search-audit-entries'))
  const before = [await walk('common'), await search('seldom'), await search('common seldom')]
  const absentBefore = await search('absent')
  await grow(40)
  // A search also puts into the index what waits to be put there.
  await pages({ text: 'seldom' }, { on: planner.database })
  const after = [await walk('common'), await search('seldom'), await search('common seldom')]
  for (const [index, count] of after.entries()) assert(count <= (before[index] as number) + 10, `${before} → ${after}`)
  const absent = ((await search('absent')) - absentBefore) / 40
  assert(absent <= 10, `${absent} blocks for each segment: the entries of one alone take more than thirty`)
})
