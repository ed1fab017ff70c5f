import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchProfiles } from '../domain/profile.ts'
import { judgeOptions, optionsOf } from './batch-format.ts'
import { batchFormats } from './batch-formats.ts'

for (const profile of batchProfiles) {
  test(`${profile} refuses what it does not know and values of another kind, and has words for both`, () => {
    const format = batchFormats[profile]
    const known = Object.keys(optionsOf(format))
    assert(known.includes('gzip'))
    for (const bad of [7, null, '', [], 'a\nb', '\ud800']) {
      const faults = judgeOptions(profile, format, Object.fromEntries(known.map((name) => [name, bad])))
      assert.deepEqual(
        faults.map(({ name }) => name),
        known,
        String(bad),
      )
      for (const { reason } of faults) assert.match(reason, /^must be /)
    }
    assert.deepEqual(judgeOptions(profile, format, { gizp: true }), [
      { name: 'gizp', reason: `is not an option of the profile ${profile}` },
    ])
    assert.deepEqual(judgeOptions(profile, format, { gzip: true }), [])
    assert.deepEqual(judgeOptions(profile, format, { gzip: 'true' }).length, 1)
  })
}
