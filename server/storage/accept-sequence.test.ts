import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Endpoint } from '../domain/endpoint.ts'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed, storedDeliveries } from '../testing/seed.ts'
import { accept, type PlannedPublication, type PublicationResult } from './accept.ts'
import { isDuplicate } from './failure.ts'

/** What comes of a publication: the first three are accepted, the others refused for what they say. */
const kind = fc.constantFrom('fresh', 'own_id', 'own_key', 'stale', 'stranger', 'event_exists', 'key_used')
const publication = fc.record({
  kind,
  // In any order: the rows are locked in their own.
  endpoints: fc.shuffledSubarray([0, 1, 2]),
  events: fc.integer({ min: 1, max: 3 }),
})
const group = fc.record({
  publications: fc.array(publication, { minLength: 1, maxLength: 6 }),
  end: fc.constantFrom('commit', 'commit', 'commit', 'rollback', 'duplicate'),
})

type Given = typeof publication extends fc.Arbitrary<infer Value> ? Value : never

/** What the numbers should be, kept by plain counting. */
class Model {
  readonly #seed: Seed
  readonly #endpoints: readonly Endpoint[]
  readonly last: number[]
  /** By the id of the delivery. */
  readonly sequences = new Map<string, number>()
  readonly #eventIds: string[] = []
  readonly #keys: string[] = []

  constructor(seed: Seed, endpoints: readonly Endpoint[]) {
    this.#seed = seed
    this.#endpoints = endpoints
    this.last = endpoints.map(() => 0)
  }

  plan({ kind, endpoints, events }: Given): PlannedPublication {
    const wanted = endpoints.map((index) => this.#endpoints[index] as Endpoint)
    const [first, ...others] = Array.from({ length: events }, (_, index) => {
      const existing = kind === 'event_exists' && index === 0 ? this.#eventIds.at(-1) : undefined
      const id = existing ?? (kind === 'own_id' ? newId() : undefined)
      const key = kind === 'key_used' ? this.#keys.at(-1) : kind === 'own_key' ? newId() : undefined
      const configVersion = kind === 'stale' ? 2 : 1
      return this.#seed.publication(wanted, { configVersion, ...(id && { id }), ...(key && { key }) })
    })
    assert(first)
    const workspaceId = kind === 'stranger' ? newId() : first.workspaceId
    return { ...first, workspaceId, events: [first, ...others].flatMap(({ events }) => events) }
  }

  /** Counts if it is to be kept; the number before goes on otherwise. */
  expect(given: readonly Given[], planned: readonly PlannedPublication[], kept: boolean): PublicationResult[] {
    const last = kept ? this.last : [...this.last]
    const existing = this.#eventIds.length > 0
    const used = this.#keys.length > 0
    return planned.map(({ events, idempotency }, index) => {
      const wanted = given[index]?.kind
      if (wanted === 'stale' || wanted === 'stranger') return { kind: 'stale' }
      if (wanted === 'event_exists' && existing) return { kind: wanted }
      if (wanted === 'key_used' && used) return { kind: wanted }
      const deliveries = events.flatMap((event) => event.deliveries)
      const sequences = deliveries.map(({ id, endpointId }) => {
        const number = this.#endpoints.findIndex((endpoint) => endpoint.id === endpointId)
        const next = (last[number] ?? 0) + 1
        last[number] = next
        if (kept) this.sequences.set(id, next)
        return next
      })
      if (kept) this.#eventIds.push(...events.map(({ event }) => event.id))
      if (kept && idempotency) this.#keys.push(idempotency.key)
      return { kind: 'accepted', sequences }
    })
  }
}

class Undone extends Error {}

test('property: whatever is published, refused and undone, the numbers of an endpoint are 1, 2, 3 in the order of the groups', async (t) => {
  const { database } = await createTestDatabase(t)
  const seed = await Seed.plant(database)
  const now = new Date()
  await fc.assert(
    fc.asyncProperty(fc.array(group, { minLength: 1, maxLength: 8 }), async (groups) => {
      const endpoints = [await seed.endpoint(), await seed.endpoint(), await seed.endpoint()]
      const model = new Model(seed, endpoints)
      for (const { publications, end } of groups) {
        const planned = publications.map((given) => model.plan(given))
        if (end === 'duplicate') {
          const twice = model.plan({ kind: 'fresh', endpoints: [2, 0], events: 1 })
          await assert.rejects(accept(database, [...planned, twice, twice], 0, now), isDuplicate)
        } else {
          const expected = model.expect(publications, planned, end === 'commit')
          const storing = database.transaction(async (transaction) => {
            assert.deepEqual((await accept(transaction, planned, 0, now)).results, expected)
            if (end === 'rollback') throw new Undone()
          })
          await (end === 'rollback' ? assert.rejects(storing, Undone) : storing)
        }
      }
      const rows = await storedDeliveries(database)
      for (const [index, { id }] of endpoints.entries()) {
        const stored = rows.filter(({ endpoint_id }) => endpoint_id === id)
        assert.deepEqual(
          stored.map(({ sequence }) => sequence),
          Array.from({ length: model.last[index] ?? 0 }, (_, before) => before + 1),
        )
        for (const row of stored) assert.equal(row.sequence, model.sequences.get(row.id))
      }
    }),
    { numRuns: 25 },
  )
})
