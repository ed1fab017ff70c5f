import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidArgumentError } from 'commander'
import { commaList, count, futureTime, idOrSlug, pastTime } from './option-value.ts'

const hour = 3_600_000

test('times are durations from now, or ISO 8601', () => {
  const near = (text: string, expected: number) => assert(Math.abs(Date.parse(text) - expected) < 5_000, text)
  near(pastTime('2h'), Date.now() - 2 * hour)
  near(pastTime('90s'), Date.now() - 90_000)
  near(pastTime('1w'), Date.now() - 7 * 24 * hour)
  near(futureTime('30d'), Date.now() + 30 * 24 * hour)
  assert.equal(pastTime('2026-01-31'), '2026-01-31T00:00:00.000Z')
  assert.equal(pastTime('2026-01-31T12:00:00+02:00'), '2026-01-31T10:00:00.000Z')
  assert.equal(futureTime('2026-01-31T12:00:00.5Z'), '2026-01-31T12:00:00.500Z')
  for (const text of ['', 'yesterday', '2', 'h', '-2h', '2026-13-01', '2026-02-30T99:00Z', '1e3s', '99999999d']) {
    assert.throws(() => pastTime(text), InvalidArgumentError, text)
    assert.throws(() => futureTime(text), InvalidArgumentError, text)
  }
})

test('lists are split at commas, but not within braces', () => {
  assert.deepEqual(commaList('deal.{created,updated}, contact.*'), ['deal.{created,updated}', 'contact.*'])
  for (const text of ['', 'a,,b', ',']) assert.throws(() => commaList(text), InvalidArgumentError, text)
})

test('an id is one part of a path', () => {
  for (const text of ['evt_01h455vb4pex5vsknk084sn02q', 'acme-2']) assert.equal(idOrSlug(text), text)
  for (const text of ['', '.', '..', 'a/b', 'a b', 'ü', 'a?b', 'x'.repeat(201)]) {
    assert.throws(() => idOrSlug(text), InvalidArgumentError, text)
  }
})

test('a count is a whole number from 1 on', () => {
  assert.equal(count('250'), 250)
  for (const text of ['0', '-1', '1.5', 'x', '', '9999999999']) {
    assert.throws(() => count(text), InvalidArgumentError, text)
  }
})
