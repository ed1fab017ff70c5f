import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printable, printableLines, shorten, widthOf } from './printable.ts'

test('every control character and every turn of the direction is spelt out, and text stays as it is', () => {
  const controls = [...Array(32).keys(), ...Array.from({ length: 33 }, (_, index) => 0x7f + index)]
  for (const code of controls) {
    assert.match(printable(`a${String.fromCharCode(code)}b`), /^a\\(?:x[0-9a-f]{2}|n|t)b$/, code.toString(16))
  }
  for (const code of [0x200e, 0x202a, 0x202e, 0x2066, 0x2069, 0x2028]) {
    assert.equal(printable(String.fromCharCode(code)), `\\u${code.toString(16)}`)
  }
  assert.equal(printable('Zürich – 東京 👍🏽 מזל'), 'Zürich – 東京 👍🏽 מזל')
})

test('lines and tabs of a text stay, and nothing else', () => {
  assert.equal(printableLines('a\r\n\tb\u001b[0m\rc'), 'a\n\tb\\x1b[0m\\x0dc')
})

test('a text is cut between characters, with an ellipsis that fits in', () => {
  assert.equal(shorten('short', 5), 'short')
  assert.equal(shorten('longer', 5), 'long…')
  assert.equal(shorten('東京都', 4), '東…')
  assert.equal(shorten('ab👍🏽c', 4), 'ab…')
  for (const width of [1, 2, 3, 7]) assert(widthOf(shorten('東京都とa', width)) <= width)
})
