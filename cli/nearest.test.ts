import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

const names = ['deal.created', 'deal.deleted', 'contact.created', 'task.created']

test('a slip of the pen finds the name that was meant', () => {
  for (const [text, meant] of [
    ['deal.craeted', 'deal.created'],
    ['deal.create', 'deal.created'],
    ['dael.created', 'deal.created'],
    ['deals.created', 'deal.created'],
    ['contact_created', 'contact.created'],
    ['deal.deletd', 'deal.deleted'],
    ['deal.created', 'deal.created'],
  ] as const) {
    assert.equal(nearest(text, names), meant, text)
  }
})

test('what is like nothing finds nothing', () => {
  for (const text of ['invoice.sent', 'x', '', 'deal']) assert.equal(nearest(text, names), null, text)
})
