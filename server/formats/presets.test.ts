import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeHeaders } from '../domain/endpoint-header.ts'
import { isMaskedUrl } from '../domain/endpoint-url.ts'
import { batchProfiles } from '../domain/profile.ts'
import { judgeTarget } from '../domain/target.ts'
import { judgeOptions } from './batch-format.ts'
import { batchFormats } from './batch-formats.ts'
import { presets } from './presets.ts'

const filled = (text: string): string => text.replace(/<[^>]+>/g, 'x1')

for (const { name, profile, url, headers, options } of presets) {
  test(`an endpoint can be made of the preset for ${name}`, () => {
    const verdict = judgeTarget(filled(url), { allowHttp: false, allowed: [] })
    assert(verdict.ok, verdict.ok ? '' : verdict.reason)
    assert(!isMaskedUrl(url))
    const values = Object.entries(headers).map(([header, value]) => [header, filled(value)])
    assert.deepEqual(judgeHeaders(Object.fromEntries(values)), [])
    const given = Object.entries(options).map(([option, value]) => {
      return [option, typeof value === 'string' ? filled(value) : value]
    })
    assert.deepEqual(judgeOptions(profile, batchFormats[profile], Object.fromEntries(given)), [])
  })
}

test('every profile that sends batches has a preset', () => {
  assert.deepEqual([...new Set(presets.map(({ profile }) => profile))].sort(), [...batchProfiles].sort())
})
