import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeChain, workspaceId } from '../testing/audit-chain.ts'
import { genesisHash } from './audit.ts'
import { type AuditRecord, chainName, hashRecord } from './audit-chain.ts'
import { checkpointRecord, createAuditSigner } from './audit-checkpoint.ts'
import { type ExportReport, ExportVerifier } from './audit-export.ts'

type Line = Readonly<Record<string, object>>

const signer = createAuditSigner('01'.repeat(32))
const forger = createAuditSigner('02'.repeat(32))
const name = chainName(workspaceId)

function checkpointOf({ sequence, hash, recorded_at: recordedAt }: AuditRecord, by = signer): Line {
  const point = { workspaceId, sequence, hash, signedAt: new Date(recordedAt) }
  return { checkpoint: checkpointRecord(by.sign(point)) }
}

/** The end of the chain hashed anew from an entry on, as whoever changes that entry has to. */
function hashedAnew(records: readonly AuditRecord[], from: number): AuditRecord[] {
  let previous = records[from - 1]?.hash ?? genesisHash
  return records.map((record, index) => {
    if (index < from) return record
    const changed = { ...record, previous_hash: previous }
    previous = hashRecord(changed)
    return { ...changed, hash: previous }
  })
}

/** A chain whose entries up to 6 were purged when the 15th was written, which says so. */
const chain = (() => {
  const records = makeChain(18)
  const purge = { action: 'audit_log_purged', category: 'workspace', metadata: { from_sequence: 1, to_sequence: 6 } }
  return hashedAnew(records.with(14, { ...(records[14] as AuditRecord), ...purge }), 14)
})()
const record = (sequence: number): AuditRecord => chain[sequence - 1] as AuditRecord

/** The lines of an export, signed at the 6th, the 12th and the last entry. */
function exported(records: readonly AuditRecord[], { after = 0 } = {}): Line[] {
  const last = records.at(-1) as AuditRecord
  const begin: Line[] = [{ chain: { v: 1, workspace: name, after_sequence: after, last_sequence: last.sequence } }]
  if (after > 0) begin.push(checkpointOf(record(after)))
  const lines = records.flatMap((each) => [{ entry: each }, ...(each.sequence % 6 === 0 ? [checkpointOf(each)] : [])])
  return [...begin, ...lines, { end: { sequence: last.sequence, hash: last.hash } }]
}

function verify(lines: readonly unknown[], isDeleted = false): ExportReport {
  const verifier = new ExportVerifier(signer.publicKeys)
  for (const line of lines) verifier.line(line)
  return verifier.finish({ isDeleted })
}

const faultsOf = (lines: readonly unknown[]) => verify(lines).faults.map(({ kind, from, to }) => [kind, from, to])

const whole = exported(chain)
const purged = exported(chain.slice(6), { after: 6 })

test('an export that nobody touched is whole, from the beginning or from a purge on', () => {
  const report = { workspace: name, lastSequence: 18, signedUpTo: 18, unsignedSince: null, isPart: false, faults: [] }
  const lastRecordedAt = record(18).recorded_at
  assert.deepEqual(verify(whole), { ...report, entries: 18, purgedUpTo: 0, checkpoints: 3, lastRecordedAt })
  assert.deepEqual(verify(purged), { ...report, entries: 12, purgedUpTo: 6, checkpoints: 3, lastRecordedAt })
  const empty = [whole[0], { end: { sequence: 0, hash: null } }].with(0, {
    chain: { v: 1, workspace: name, after_sequence: 0, last_sequence: 0 },
  })
  assert.deepEqual(verify(empty).faults, [])
  const allPurged = [
    { chain: { v: 1, workspace: name, after_sequence: 18, last_sequence: 18 } },
    checkpointOf(record(18)),
    { end: { sequence: 18, hash: null } },
  ]
  assert.deepEqual(verify(allPurged, true).faults, [], 'of a deleted workspace')
})

test('a part of a log begins at a checkpoint, and asks for no purge before it', () => {
  const [begin, ...lines] = exported(chain.slice(6, 14), { after: 6 })
  const part = [{ chain: { ...begin?.chain, part: true } }, ...lines]
  const { faults, isPart, purgedUpTo } = verify(part)
  assert.deepEqual([faults, isPart, purgedUpTo], [[], true, 6])
  assert.deepEqual(faultsOf([begin, ...lines]), [['removed', 1, 6]], 'and does not do so silently')
})

test('what no checkpoint vouches for is told', () => {
  const { signedUpTo, unsignedSince, faults } = verify(exported(chain.slice(0, 16)))
  assert.deepEqual([signedUpTo, unsignedSince, faults], [12, record(13).recorded_at, []])
})

test('what was done to it is named, with the entries', () => {
  const at = (sequence: number) => whole.findIndex(({ entry }) => (entry as AuditRecord)?.sequence === sequence)
  const altered = { entry: { ...record(8), description: 'Nothing' } }
  assert.deepEqual(faultsOf(whole.with(at(8), altered)), [['altered', 8, 8]])
  assert.deepEqual(faultsOf(whole.toSpliced(at(8), 2)), [['removed', 8, 9]])
  assert.deepEqual(faultsOf(whole.slice(0, at(14))), [['truncated', 14, 18]])
  assert.deepEqual(faultsOf(whole.slice(0, -1)), [['truncated', 19, 19]], 'its end is missing')
  assert.deepEqual(faultsOf(whole.slice(1)), [['altered', 1, 1]], 'its beginning is missing')
  assert.deepEqual(faultsOf(whole.toSpliced(at(8), 2, whole[at(9)] as Line, whole[at(8)] as Line)), [
    ['reordered', 8, 8],
  ])
  const anew = exported(hashedAnew(chain.with(7, altered.entry), 7))
  assert.deepEqual(faultsOf(anew).length > 0, false, 'whoever has the signing key can make a chain that looks whole')
  const oldCheckpoints = anew.map((line, index) => (line.checkpoint ? (whole[index] as Line) : line))
  assert.deepEqual(faultsOf(oldCheckpoints), [
    ['altered', 7, 12],
    ['altered', 13, 18],
  ])
  const late = oldCheckpoints.toSpliced(at(13), 2, oldCheckpoints[at(13) + 1] as Line, oldCheckpoints[at(13)] as Line)
  assert(faultsOf(late).length > 0)
})

test('a checkpoint that none of the keys signed vouches for nothing', () => {
  const forged = whole.map((line) => (line.checkpoint ? checkpointOf(record(18), forger) : line))
  const report = verify(forged)
  assert.equal(report.checkpoints, 0)
  assert.match(report.faults[0]?.detail ?? '', /signed with a key that is not known/)
  const place = whole.findIndex(({ checkpoint }) => checkpoint)
  const moved = whole.with(place, { checkpoint: { ...whole[place]?.checkpoint, hash: record(5).hash } })
  assert.match(verify(moved).faults[0]?.detail ?? '', /signature of its checkpoint is not genuine/)
})

test('entries before the first one must have been purged, and signed', () => {
  const cut = exported(chain.slice(12), { after: 12 })
  assert.deepEqual(faultsOf(cut), [['removed', 1, 12]], 'the purge that is recorded went up to 6')
  assert.deepEqual(faultsOf(purged.toSpliced(1, 1)), [['removed', 1, 6]], 'its checkpoint is missing')
  const unpurged = purged.filter(({ entry }) => (entry as AuditRecord)?.sequence !== 15)
  assert.deepEqual(faultsOf(unpurged), [
    ['removed', 1, 6],
    ['removed', 15, 15],
  ])
  assert.deepEqual(verify(cut, true).faults, [], 'of a deleted workspace, the operator’s log says it')
})

test('entries and checkpoints of another log do not pass for its own', () => {
  const other = whole.map((line) => (line.chain ? { chain: { ...line.chain, workspace: 'ws_other' } } : line))
  assert.equal(faultsOf(other).length, 21)
})

test('lines that are none are told, and the rest is read all the same', () => {
  for (const line of [null, 1, 'x', [], {}, { entry: 1 }, { checkpoint: {} }, { chain: {} }, whole[0], { entry: {} }]) {
    const kinds = verify(whole.toSpliced(4, 0, line as Line)).faults.map(({ kind }) => kind)
    assert(kinds.length > 0 && kinds.every((kind) => kind === 'altered'), JSON.stringify(line))
  }
  const verifier = new ExportVerifier(signer.publicKeys)
  verifier.unreadable()
  assert.match(verifier.finish({ isDeleted: false }).faults.at(1)?.detail ?? '', /^line 1 cannot be read$/)
})

const manipulations: Readonly<Record<string, (lines: readonly Line[], a: number, b: number) => readonly unknown[]>> = {
  'remove an entry': (lines, a) => lines.toSpliced(entryAt(lines, a), 1),
  'remove all from some on': (lines, a) => lines.slice(0, a),
  'remove the end of the entries': (lines, a) => {
    const [at, end] = [entryAt(lines, a), lines.at(-1) as Line]
    const last = (lines.slice(0, at).findLast(({ entry }) => entry)?.entry ?? {
      sequence: 0,
      hash: null,
    }) as AuditRecord
    return [...lines.slice(0, at), { end: { ...end.end, sequence: last.sequence, hash: last.hash } }]
  },
  'swap two entries': (lines, a, b) => {
    const places = lines.flatMap(({ entry }, index) => (entry ? [index] : []))
    const [first = 0, second = 0] = [places[a % 12], places[(a + 1 + (b % 11)) % 12]]
    return lines.with(first, lines[second] as Line).with(second, lines[first] as Line)
  },
  'repeat an entry': (lines, a, b) => lines.toSpliced(b, 0, lines[entryAt(lines, a)] as Line),
  'alter an entry': (lines, a, b) => {
    const at = entryAt(lines, a)
    const entry = lines[at]?.entry as AuditRecord
    const field = Object.keys(entry)[b % 15] as keyof AuditRecord
    return lines.with(at, { entry: { ...entry, [field]: `${String(entry[field])}x` } })
  },
  'alter a checkpoint': (lines, a, b) => {
    const places = lines.flatMap(({ checkpoint }, index) => (checkpoint ? [index] : []))
    const at = places[a % places.length] ?? 0
    const checkpoint = lines[at]?.checkpoint as Record<string, unknown>
    const field = Object.keys(checkpoint)[b % 7] ?? ''
    return lines.with(at, { checkpoint: { ...checkpoint, [field]: `${String(checkpoint[field])}x` } })
  },
  'alter an entry and hash the rest anew': (lines, a) => {
    const { entry } = lines[entryAt(lines, a)] as { entry: AuditRecord }
    const index = entry.sequence - 1
    const anew = hashedAnew(chain.with(index, { ...entry, description: 'Nothing' }), index)
    return lines.map((line) => {
      if (line.end) return { end: { sequence: 18, hash: anew[17]?.hash } }
      return line.entry ? { entry: anew[(line.entry as AuditRecord).sequence - 1] as AuditRecord } : line
    })
  },
}

/** The place of some entry, at or after this line. */
function entryAt(lines: readonly Line[], line: number): number {
  const after = lines.findIndex(({ entry }, index) => index >= line && entry)
  return after >= 0 ? after : lines.findLastIndex(({ entry }) => entry)
}

test('10,000 random manipulations of an export: every one is found', () => {
  const kind = fc.constantFrom(...Object.keys(manipulations))
  const lines = fc.constantFrom(whole, purged)
  const place = fc.integer({ min: 0, max: purged.length - 1 })
  fc.assert(
    fc.property(kind, lines, place, place, (what, original, a, b) => {
      const changed = manipulations[what]?.(original, a, b) ?? []
      assert(verify(changed).faults.length > 0, `${what} ${a} ${b}`)
    }),
    { numRuns: 10_000 },
  )
})
