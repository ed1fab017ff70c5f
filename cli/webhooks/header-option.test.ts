import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHeaders } from './header-option.ts'

test('a header is a name, a colon and a value, in which there may be colons', () => {
  const lines = ['X-Team: crm', 'Authorization:Bearer a:b', ' X-Url : http://x ']
  assert.deepEqual(readHeaders(lines), { 'X-Team': 'crm', Authorization: 'Bearer a:b', 'X-Url': 'http://x' })
})

test('what is none is refused without repeating it', () => {
  for (const line of ['secret', ': secret', 'my secret: x']) {
    assert.throws(() => readHeaders([line]), { message: '--headers takes a name, a colon and a value' })
  }
})
