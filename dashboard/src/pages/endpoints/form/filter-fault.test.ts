import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pointAt } from './filter-fault.ts'

test('the mark stands below the place that the API names', () => {
  assert.equal(pointAt('a >\n\tb > )', 'is wrong (at line 2, column 6)'), '\tb > )\n\t    ^')
  assert.equal(pointAt('a', 'is empty'), null)
  assert.equal(pointAt('a', 'is wrong (at line 3, column 1)'), null)
})
