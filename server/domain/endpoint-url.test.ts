import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isMaskedUrl, maskUrl, secretsOfUrl } from './endpoint-url.ts'

const sumo = `https://endpoint4.collection.sumologic.com/receiver/v1/http/${'ZaVnC4dhaV3'.repeat(7)}Q==`

for (const [what, url, shown] of [
  ['nothing', 'https://hooks.acme.example/in/deals', 'https://hooks.acme.example/in/deals'],
  ['a token in the query', 'https://a.example/in?token=s3cret', 'https://a.example/in?token=••••'],
  ['each of several', 'https://a.example/?a=1&b=s3cret&a=', 'https://a.example/?a=••••&b=••••&a='],
  ['all but the end of a long one', `https://a.example/?k=${'x'.repeat(20)}wxyz`, 'https://a.example/?k=••••wxyz'],
  ['a value without a name', 'https://a.example/in?s3cret', 'https://a.example/in?••••'],
  ['what is behind a second equals sign', 'https://a.example/?a=b=s3cret', 'https://a.example/?a=••••'],
  ['a question mark in a value', 'https://a.example/?a=b?s3cret/x', 'https://a.example/?a=••••'],
  ['a query without a path', 'https://a.example:8443?a=s3cret', 'https://a.example:8443?a=••••'],
  [
    'a segment of the path that is a token',
    sumo,
    'https://endpoint4.collection.sumologic.com/receiver/v1/http/••••3Q==',
  ],
  [
    'no UUID in the path',
    'https://a.example/018ee5b7-0000-7000-8000-000000000000/x',
    'https://a.example/018ee5b7-0000-7000-8000-000000000000/x',
  ],
] as const) {
  test(`of a URL is masked: ${what}`, () => {
    assert.equal(maskUrl(url), shown)
    assert.equal(maskUrl(shown), shown)
  })
}

test('no value of a query is left, whatever it is', () => {
  const value = fc.string({ minLength: 1, unit: 'grapheme' })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), value), { minLength: 1 }), (pairs) => {
      const url = `https://a.example/in?${new URLSearchParams(pairs)}`
      const shown = maskUrl(url)
      assert(isMaskedUrl(shown) && !isMaskedUrl(url))
      for (const [, left] of shown
        .split('?')[1]
        ?.split('&')
        .map((pair) => pair.split('=')) ?? []) {
        assert.match(left ?? '', /^••••.{0,4}$/)
      }
      const secrets = secretsOfUrl(url)
      for (const [, secret] of pairs) assert(secrets.includes(secret), secret)
    }),
  )
})

test('a masked URL is recognized as it was shown and as a parser writes it', () => {
  for (const url of ['https://a.example/?a=••••', 'https://a.example/?a=%E2%80%A2%e2%80%a2%E2%80%A2%E2%80%A2wxyz']) {
    assert(isMaskedUrl(url), url)
    assert(isMaskedUrl(new URL(url).href), url)
  }
  assert(!isMaskedUrl('https://a.example/?a=%zz'))
  assert(isMaskedUrl('https://a.example/?b=%zz&a=%E2%80%A2%E2%80%A2%E2%80%A2%E2%80%A2'))
})
