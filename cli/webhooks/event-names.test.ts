import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unlistedTypes } from './event-names.ts'

const names = ['deal.created', 'deal.closed_won', 'contact.created', 'invoice.sent']

test('what the catalog has, and patterns that may match anything, are no slips', () => {
  const fine = [
    'deal.created',
    'deal.*',
    'deal.**',
    '**',
    '*',
    'deal.{created,updated}',
    '{deal,contact}.*',
    '*.created',
  ]
  assert.deepEqual(unlistedTypes(fine, names), [])
})

test('what is near to a name of the catalog is a slip', () => {
  assert.throws(
    () => unlistedTypes(['deal.craeted'], names),
    /no event type "deal.craeted"; did you mean deal.created\?/,
  )
  assert.throws(() => unlistedTypes(['dael.*'], names), /did you mean deal\.\*\?/)
})

test('what is far from all of them may be meant', () => {
  assert.deepEqual(unlistedTypes(['deal.*', 'warehouse.restocked', 'zebra.*'], names), [
    'warehouse.restocked',
    'zebra.*',
  ])
})
