import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeHeaders, maskHeaders, reflectionMask } from './endpoint-header.ts'

test('headers that a receiver may ask for are accepted', () => {
  const headers = {
    Authorization: 'Splunk 11111111-2222-3333-4444-555555555555',
    'X-Team': 'crm',
    "odd!#$%&'*+.^_`|~name": 'tab\tand space, Zürich',
    Cookie: 'a=b',
  }
  assert.deepEqual(judgeHeaders(headers), [])
})

test('what we set ourselves and what belongs to the connection is reserved, in any case', () => {
  const names = [
    ...['Content-Type', 'CONTENT-LENGTH', 'content-encoding', 'Host', 'User-Agent', 'Connection', 'Expect'],
    ...['Keep-Alive', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade', 'Proxy-Authorization', 'Proxy-Connection'],
    ...['Atlas-Signature', 'ATLAS-x', 'webhook-id', 'Webhook-Signature', 'X-Webhook-Id', 'x-webhook-anything'],
  ]
  for (const name of names) assert.deepEqual(judgeHeaders({ [name]: 'x' }), [{ name, reason: 'is reserved' }], name)
})

test('names that are no tokens and values that would break out of their line are refused', () => {
  for (const name of ['', 'a b', 'a:b', 'a\r\nb', 'ä', 'a\0', '(a)']) {
    assert.equal(judgeHeaders({ [name]: 'x' }).length, 1, JSON.stringify(name))
  }
  for (const value of ['', ' a', 'a ', 'a\r\nX: y', 'a\nb', 'a\rb', 'a\0b', '日本', 'a\x7f', '\ta']) {
    assert.equal(judgeHeaders({ 'X-A': value }).length, 1, JSON.stringify(value))
  }
})

test('a masked value cannot be stored by mistake', () => {
  const [fault] = judgeHeaders(maskHeaders({ Authorization: 'Bearer 0123456789abcdefghij' }))
  assert.match(fault?.reason ?? '', /masked/)
})

test('names that differ in case only, too many headers and too long ones are refused', () => {
  assert.deepEqual(
    judgeHeaders({ 'X-A': '1', 'x-a': '2' }).map(({ name }) => name),
    ['x-a'],
  )
  const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`X-${index}`, 'v']))
  assert.deepEqual(judgeHeaders(twenty), [])
  assert.equal(judgeHeaders({ ...twenty, 'X-20': 'v', 'X-21': 'v' }).length, 1)
  assert.equal(judgeHeaders({ ['X'.repeat(129)]: 'v' }).length, 1)
  assert.deepEqual(judgeHeaders({ 'X-A': 'v'.repeat(4096) }), [])
  assert.equal(judgeHeaders({ 'X-A': 'v'.repeat(4097) }).length, 1)
})

test('every fault is told, in the order of the headers', () => {
  const faults = judgeHeaders({ Host: 'x', 'X-Ok': 'x', 'bad name': 'x', 'X-Bad': '\n' })
  assert.deepEqual(
    faults.map(({ name }) => name),
    ['Host', 'bad name', 'X-Bad'],
  )
})

test('masking keeps the end of a long value only', () => {
  assert.deepEqual(maskHeaders({ a: '', b: 'Bearer s3cret', c: 'Bearer 0123456789abcdef-wxyz' }), {
    a: '••••',
    b: '••••',
    c: '••••wxyz',
  })
})

test('a header called __proto__ is a header like any other', () => {
  const headers = JSON.parse('{"__proto__": "short"}') as Record<string, string>
  assert.deepEqual(judgeHeaders(headers), [])
  assert.deepEqual(Object.entries(maskHeaders(headers)), [['__proto__', '••••']])
})

const url = 'https://hooks.acme.example/in'

test('values that a receiver repeats are masked in its answer, whole or by the word', () => {
  const mask = reflectionMask({
    url,
    headers: { Authorization: 'Bearer s3cret-token-1', 'X-Key': 's3cret-token', 'X-Team': 'crm' },
  })
  assert(mask)
  assert.equal(mask('Authorization: Bearer s3cret-token-1; s3cret-token; crm'), 'Authorization: ••••; ••••; crm')
  assert.equal(mask('no user has s3cret-token-1'), 'no user has ••••')
  assert.equal(reflectionMask({ url, headers: { 'X-Team': 'crm' } }), null)
})

test('what a receiver repeats of the URL is masked in its answer too, encoded or not', () => {
  const mask = reflectionMask({ url: `${url}?token=s3cret%2Btoken+1&v=2`, headers: {} })
  assert(mask)
  assert.equal(mask('Cannot POST /in?token=s3cret%2Btoken+1&v=2'), 'Cannot POST /in?token=••••&v=2')
  assert.equal(mask('no user has s3cret+token 1'), 'no user has ••••')
})
