import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExportReport } from '../../server/domain/audit-export.ts'
import { reportView, whatIsWrong } from './audit-report.ts'
import { plain } from './style.ts'

const screen = { style: plain, width: null }
const whole: ExportReport = {
  ...{
    workspace: 'ws_1',
    entries: 100,
    purgedUpTo: 20,
    isPart: false,
    lastSequence: 120,
    checkpoints: 2,
    signedUpTo: 110,
    faults: [],
  },
  ...{ unsignedSince: '2026-01-01T11:30:00.000Z', lastRecordedAt: '2026-01-01T12:00:00.000Z' },
}

test('it tells what there is, what is signed, and what not yet', () => {
  const text = reportView(whole, screen)
  assert.match(
    text,
    /^Log +ws_1\nEntries +100, from 21 to 120\nPurged +1 to 20\nSigned +up to entry 110, with 2 checkpoints\n/,
  )
  assert.match(text, /\nNot signed +from 2026-01-01 \d\d:30:00 on\n\nThe chain is whole\.\n$/)
  assert.match(reportView({ ...whole, unsignedSince: null }, screen), /checkpoints\n\nThe chain/)
  const empty = { ...whole, entries: 0, purgedUpTo: 0, lastSequence: 0, checkpoints: 0, signedUpTo: 0 }
  assert.match(reportView({ ...empty, unsignedSince: null }, screen), /^Log +ws_1\nEntries +none\nSigned +nothing\n\n/)
})

test('hours without a checkpoint are worth a question', () => {
  const text = reportView({ ...whole, unsignedSince: '2026-01-01T09:00:00.000Z' }, screen)
  assert.match(text, /\nNot signed .*: that is long, so checkpoints may have been removed\n/)
})

test('of many faults the first are told, and how many more there are', () => {
  const faults = Array.from({ length: 25 }, (_, index) => {
    return { kind: 'altered', from: index + 1, to: index + 1, detail: 'a\u001b[2J' } as const
  })
  const lines = reportView({ ...whole, faults }, screen)
    .trimEnd()
    .split('\n')
  assert.deepEqual([lines.at(-2), lines.at(-1)], ['entry 20 was altered: a\\x1b[2J', 'and 5 more faults'])
  assert.equal(whatIsWrong(faults), 'entry 1 was altered: a\\x1b[2J, and 24 more faults')
  assert.equal(whatIsWrong([{ kind: 'truncated', from: 3, to: 9, detail: 'x' }]), 'entries 3 to 9 were cut off: x')
})
