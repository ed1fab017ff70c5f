import assert from 'node:assert/strict'
import { test } from 'node:test'
import { phasesOf } from './attempt-phases.ts'

test('the phases add up to the whole, and a kept connection has no look-up, connect or TLS', () => {
  const fresh = { dns_ms: 4, connect_ms: 10, tls_ms: 20, first_byte_ms: 60 }
  assert.deepEqual(
    phasesOf({ timings: fresh, duration_ms: 100 }).map(({ name, ms }) => [name, ms]),
    [
      ['Look-up', 4],
      ['Connect', 10],
      ['TLS', 20],
      ['First byte', 60],
      ['Rest', 6],
    ],
  )
  const kept = { dns_ms: null, connect_ms: null, tls_ms: null, first_byte_ms: 60 }
  assert.deepEqual(phasesOf({ timings: kept, duration_ms: 60 }), [{ name: 'First byte', ms: 60 }])
  assert.deepEqual(phasesOf({ timings: null, duration_ms: 60 }), [])
})
