import assert from 'node:assert/strict'
import { test } from 'node:test'
import { line, nameInMail } from './mail-layout.ts'

test('a name in a mail is readable, and nothing that a mail program makes a link of', () => {
  const names = {
    'Acme Inc.': 'Acme Inc.',
    'St. Mary’s 🦊 – حساب': 'St. Mary’s 🦊 – حساب',
    'Booking.com': 'Booking[.]com',
    'https://evil.example/?a=b': 'https[:]//evil[.]example/?a=b',
    'mailto:a@b.example': 'mailto[:]a[at]b[.]example',
    'evil。example 10．0．0．1': 'evil[.]example 10[.]0[.]0[.]1',
    'one\r\nBcc: two\u2028\u202ethree\u0000': 'one Bcc: two three',
  }
  for (const [name, shown] of Object.entries(names)) assert.equal(nameInMail(name, 100), shown)
})

test('what is too long is cut at a letter, and what is no text is made one', () => {
  assert.equal(line('🦊🦊🦊', 2), '🦊…')
  assert.equal(line('a\ud800b', 9), 'a\ufffdb')
})
