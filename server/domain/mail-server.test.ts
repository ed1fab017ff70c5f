import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMailServer } from './mail-server.ts'

test('the URL says where the server is, whether TLS is begun at once, and how to sign in', () => {
  const plain = { host: 'mail.example.com', port: 587, secure: false, login: null }
  assert.deepEqual(parseMailServer('smtp://mail.example.com'), plain)
  assert.deepEqual(parseMailServer('smtp://mail.example.com:25/'), { ...plain, port: 25 })
  assert.deepEqual(parseMailServer('smtps://mail.example.com'), { ...plain, port: 465, secure: true })
  assert.deepEqual(parseMailServer('smtp://[::1]:2525'), { ...plain, host: '::1', port: 2525 })
  assert.deepEqual(parseMailServer('smtp://me%40example.com:p%3A%2F%25@mail.example.com'), {
    ...plain,
    login: { user: 'me@example.com', password: 'p:/%' },
  })
})

test('what is not understood is refused rather than ignored', () => {
  const bad = [
    ...['', 'mail.example.com', 'https://mail.example.com', 'smtp://', 'smtp://mail.example.com:99999', 'smtp:mail'],
    ...['smtp://user@mail.example.com', 'smtp://:pass@mail.example.com', 'smtp://u:%zz@mail.example.com'],
    ...['smtp://mail.example.com/path', 'smtp://mail.example.com?tls.rejectUnauthorized=false', 'smtp://a.example#x'],
    ...['smtp://u:p%0d%0aQUIT@mail.example.com', 'smtp://mail%0d.example.com'],
  ]
  for (const text of bad) assert.equal(parseMailServer(text), null, text)
})
