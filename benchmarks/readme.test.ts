import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withSection } from './readme.ts'

const text = 'before\n<!-- results -->\nold\n<!-- end of results -->\nafter\n'

test('a section is replaced and the prose around it stays', () => {
  assert.equal(
    withSection(text, 'results', 'new $& one'),
    'before\n<!-- results -->\nnew $& one\n<!-- end of results -->\nafter\n',
  )
})

test('a section that is not there yet is added at the end', () => {
  assert.equal(withSection(text, 'profile', 'new'), `${text}\n<!-- profile -->\nnew\n<!-- end of profile -->\n`)
})
