import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressBar } from './progress.ts'
import { plain } from './style.ts'

const screen = { style: plain, width: 80 }

test('a bar fills from nothing to all, and fits into its terminal', () => {
  assert.equal(progressBar(0, 200, screen), `${'░'.repeat(30)}   0 %  0 of 200`)
  assert.equal(progressBar(100, 200, screen), `${'█'.repeat(15)}${'░'.repeat(15)}  50 %  100 of 200`)
  assert.equal(progressBar(200, 200, screen), `${'█'.repeat(30)} 100 %  200 of 200`)
  assert.equal(progressBar(250, 200, screen), `${'█'.repeat(30)} 100 %  250 of 200`)
  assert.equal(
    progressBar(1, 4, { style: plain, width: 28 }).length,
    28 - 1,
    'the last column stays free, or the line would be two',
  )
})

test('nothing to do is done, and what is not counted yet has no bar', () => {
  assert.match(progressBar(0, 0, screen), / 100 % {2}0 of 0$/)
  assert.equal(progressBar(12, null, screen), '12, still counting')
})
