import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readGauge, readHistogram } from './metrics-text.ts'

const text = `
# TYPE claims_seconds histogram
claims_seconds_bucket{le="0.01",node="1"} 50
claims_seconds_bucket{le="0.1",node="1"} 90
claims_seconds_bucket{le="+Inf",node="1"} 100
claims_seconds_sum{node="1"} 5
claims_seconds_count{node="1"} 100
other_seconds_bucket{le="+Inf"} 7
`

test('quantiles are interpolated within their bucket, and end at the last finite bound', () => {
  assert.deepEqual(readHistogram(text, 'claims_seconds'), { count: 100, p50: 0.01, p99: 0.1 })
  const shifted = readHistogram(text.replace('} 50', '} 40').replace('} 90', '} 60'), 'claims_seconds')
  assert.equal(shifted?.p50.toFixed(6), '0.055000')
})

test('a histogram that is missing or empty has no quantiles', () => {
  assert.equal(readHistogram(text, 'misses_seconds'), null)
  assert.equal(readHistogram('claims_seconds_bucket{le="+Inf"} 0', 'claims_seconds'), null)
})

test('a gauge is found by its whole name', () => {
  assert.equal(readGauge('waiting_max 7\nwaiting 3e2\n', 'waiting'), 300)
  assert.equal(readGauge('waiting_max 7\n', 'waiting'), Number.NaN)
})
