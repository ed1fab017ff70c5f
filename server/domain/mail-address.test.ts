import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMailAddress, parseMailbox } from './mail-address.ts'

test('an address is a name and a host, and nothing that could be taken for more', () => {
  for (const good of ['ops@acme.example', "o'neil+x@a-b.example", 'root@localhost', `${'a'.repeat(64)}@b.example`]) {
    assert(isMailAddress(good), good)
  }
  const bad = [
    ...['', 'ops', '@acme.example', 'ops@', 'a b@c.example', 'a@b@c', 'a@b..c', 'a@-b.c', '.a@b.c', 'a..b@c.d'],
    ...[
      'a@b.c, d@e.f',
      'a@b.c\r\nBcc: d@e.f',
      'a@b.c\n',
      '<a@b.c>',
      '"a b"@c.d',
      'a(b)@c.d',
      'ü@b.c',
      'a@ü.c',
      'a@[1.2.3.4]',
    ],
    `${'a'.repeat(250)}@b.example`,
  ]
  for (const text of bad) assert(!isMailAddress(text), text)
})

test('a mailbox is an address, with or without a name in front', () => {
  assert.deepEqual(parseMailbox('a@b.example'), { name: '', address: 'a@b.example' })
  assert.deepEqual(parseMailbox('Atlas Übersicht <a@b.example>'), { name: 'Atlas Übersicht', address: 'a@b.example' })
  assert.deepEqual(parseMailbox('<a@b.example>'), { name: '', address: 'a@b.example' })
  const bad = ['Atlas', 'Atlas <a>', 'A <a@b.c> <d@e.f>', 'A, B <a@b.c>', 'A\r\nBcc: d@e.f <a@b.c>', '"A" <a@b.c>', '']
  for (const text of bad) assert.equal(parseMailbox(text), null, text)
})
