import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../usage-error.ts'
import { parseForwardUrl } from './forward-url.ts'

const meant: Readonly<Record<string, string>> = {
  '3000': 'http://localhost:3000/',
  ':3000': 'http://localhost:3000/',
  '3000/hooks': 'http://localhost:3000/hooks',
  ':3000/hooks?a=1': 'http://localhost:3000/hooks?a=1',
  '/x': 'http://localhost/x',
  localhost: 'http://localhost/',
  'localhost:3000': 'http://localhost:3000/',
  ' localhost:3000/hooks#part ': 'http://localhost:3000/hooks',
  '127.0.0.1:8080': 'http://127.0.0.1:8080/',
  '[::1]:8080/x': 'http://[::1]:8080/x',
  'app.test/hooks': 'http://app.test/hooks',
  'https://localhost': 'https://localhost/',
  'HTTP://LOCALHOST:3000/X': 'http://localhost:3000/X',
}

for (const [text, url] of Object.entries(meant)) {
  test(`--forward-to ${text} means ${url}`, () => assert.equal(parseForwardUrl(text).href, url))
}

const refused = [
  '',
  ' ',
  'htp://x',
  'ftp://localhost',
  'file:///x',
  '70000',
  'localhost:x',
  'http://',
  '0',
  'http://a b',
]
for (const text of [...refused, 'http://me:secret@localhost']) {
  test(`--forward-to "${text}" is refused in one line`, () => {
    const isLine = (error: unknown) => error instanceof UsageError && !error.message.includes('\n')
    assert.throws(() => parseForwardUrl(text), isLine)
  })
}
