import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Event } from '../domain/event.ts'
import { type BatchFormat, composeBatch, judgeOptions } from './batch-format.ts'
import type { BatchItem } from './carried-event.ts'
import { cloudevents } from './cloudevents.ts'

const workspaceId = '018ee5b7-0000-7000-8000-000000000000'
const event: Event = {
  ...{ id: workspaceId, workspaceId, stream: 'events', type: 'a.b', tags: [], created: 1_700_000_000 },
  ...{ milliseconds: 0, data: '{}' },
}
const context = { endpoint: { id: workspaceId, workspaceId, options: {} }, publicUrl: 'https://atlas.example' }
const itemsOf = (texts: readonly string[]): BatchItem[] =>
  texts.map((text, index) => ({ event: { ...event, data: JSON.stringify(text) }, delivery: { sequence: index + 1 } }))

/** A format whose items are nothing but the data. */
function plainFormat(limits: Pick<BatchFormat, 'mostItems' | 'mostBytes'>): BatchFormat {
  return { ...cloudevents, ...limits, writer: () => (event) => event.data }
}

test('batches carry all items once and in order, each as many as fit within the limits', () => {
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(
      texts,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 2, max: 300 }),
      (given, mostItems, mostBytes) => {
        const format = plainFormat({ mostItems, mostBytes })
        const sent: string[] = []
        let rest = itemsOf(given)
        while (rest.length > 0) {
          const { body, carried } = composeBatch(format, rest, context)
          const items = JSON.parse(body.toString()) as string[]
          assert.equal(items.length, carried)
          assert(carried >= 1 && carried <= mostItems)
          assert(body.length <= mostBytes || carried === 1)
          const next = rest[carried]
          // None is left behind that would have fitted.
          if (next) assert(carried === mostItems || body.length + 1 + Buffer.byteLength(next.event.data) > mostBytes)
          sent.push(...items)
          rest = rest.slice(carried)
        }
        assert.deepEqual(
          sent,
          given.map((text) => JSON.parse(JSON.stringify(text))),
        )
      },
    ),
  )
})

test('an item that is larger than the limit goes alone', () => {
  const format = plainFormat({ mostItems: 10, mostBytes: 20 })
  const items = itemsOf(['a', 'x'.repeat(100), 'b'])
  const carried = [items, items.slice(1), items.slice(2)].map((rest) => composeBatch(format, rest, context).carried)
  assert.deepEqual(carried, [1, 1, 1])
})

test('options that a profile does not know are refused, those of the prototype too', () => {
  assert.deepEqual(judgeOptions('cloudevents', cloudevents, { content_type: 'application/json' }), [])
  const faults = judgeOptions('cloudevents', cloudevents, { content_type: 'json', ddsource: 'x', toString: 1 })
  assert.deepEqual(
    faults.map(({ name }) => name),
    ['content_type', 'ddsource', 'toString'],
  )
  assert.deepEqual(judgeOptions('atlas', null, { a: 1 }), [
    { name: 'a', reason: 'is not an option of the profile atlas' },
  ])
})
