import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from './endpoint.ts'
import { mostPreviousSecrets, rotateSecret, validSecrets } from './secret-rotation.ts'

const hour = 3_600_000
const at = (hours: number): Date => new Date(hours * hour)

function rotated(endpoint: Endpoint, secret: string, now: Date): Endpoint {
  const result = rotateSecret(endpoint, secret, now)
  assert(result)
  return result.endpoint
}

const fresh = { secret: 'a', previousSecrets: [] as Endpoint['previousSecrets'] } as Endpoint

test('each secret that is rotated away ends 24 hours after its own rotation', () => {
  const endpoint = rotated(rotated(rotated(fresh, 'b', at(0)), 'c', at(5)), 'd', at(20))
  assert.equal(endpoint.secret, 'd')
  assert.deepEqual(endpoint.previousSecrets, [
    { secret: 'c', expiresAt: at(44) },
    { secret: 'b', expiresAt: at(29) },
    { secret: 'a', expiresAt: at(24) },
  ])
  const valid = (now: number) => validSecrets(endpoint.previousSecrets, now).map(({ secret }) => secret)
  assert.deepEqual(valid(24 * hour - 1), ['c', 'b', 'a'])
  assert.deepEqual(valid(24 * hour), ['c', 'b'])
  assert.deepEqual(valid(44 * hour), [])
})

test('no more secrets than the limit are valid at once, and an expired one makes room', () => {
  let endpoint = fresh
  for (let count = 0; count < mostPreviousSecrets; count++) endpoint = rotated(endpoint, `${count}`, at(count / 10))
  assert.equal(rotateSecret(endpoint, 'x', at(23)), null)
  assert.equal(rotated(endpoint, 'x', at(24)).previousSecrets.length, mostPreviousSecrets)
})
