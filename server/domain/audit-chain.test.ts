import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeChain } from '../testing/audit-chain.ts'
import { genesisHash } from './audit.ts'
import { type AuditRecord, type ChainFault, ChainVerifier, genesis, hashRecord } from './audit-chain.ts'

const chain = makeChain(18)
const at = (index: number): AuditRecord => chain[index] as AuditRecord
/** Signed when the 6th, the 12th and the last entry were written. */
const checkpoints = [6, 12, 18].map((sequence) => ({ sequence, hash: at(sequence - 1).hash }))

function faultsOf(records: readonly object[], from = genesis): readonly ChainFault[] {
  const verifier = new ChainVerifier(from)
  for (const point of checkpoints) verifier.checkpoint(point)
  for (const record of records) verifier.entry(record)
  return verifier.finish()
}

/** What somebody with the database can do who does not want to be found: hash everything anew. */
function rehashed(records: readonly AuditRecord[], renumber: boolean): AuditRecord[] {
  let previous = genesisHash
  return records.map((record, index) => {
    const sequence = renumber ? index + 1 : record.sequence
    const changed = { ...record, sequence, previous_hash: previous }
    previous = hashRecord({ ...changed })
    return { ...changed, hash: previous }
  })
}

test('the hash of an entry is that of its record, whatever it holds', () => {
  for (const record of chain) assert.equal(hashRecord({ ...record }), record.hash)
})

test('a chain that nobody touched has no faults, from the beginning or from a checkpoint on', () => {
  assert.deepEqual(faultsOf(chain), [])
  assert.deepEqual(faultsOf(chain.slice(6), checkpoints[0]), [])
})

test('a removed, altered, reordered entry and a missing end are named', () => {
  const kinds = (faults: readonly ChainFault[]) => faults.map(({ kind, from, to }) => [kind, from, to])
  assert.deepEqual(kinds(faultsOf(chain.toSpliced(7, 2))), [['removed', 8, 9]])
  assert.deepEqual(kinds(faultsOf(chain.slice(3))), [['removed', 1, 3]])
  assert.deepEqual(kinds(faultsOf(chain.slice(0, 13))), [['truncated', 14, 18]])
  const altered = chain.with(4, { ...at(4), description: 'Nothing happened' })
  assert.deepEqual(kinds(faultsOf(altered)), [['altered', 5, 5]])
  assert.deepEqual(kinds(faultsOf(chain.with(4, at(5)).with(5, at(4)))), [['reordered', 5, 5]])
  const hidden = { ...at(4), description: 'Nothing happened' }
  const withOwnHash = chain.with(4, { ...hidden, hash: hashRecord({ ...hidden }) })
  assert.deepEqual(kinds(faultsOf(withOwnHash)), [['altered', 5, 6]], 'the entry after it tells')
  const allAnew = rehashed(chain.with(8, { ...at(8), description: 'Nothing happened' }), false)
  assert.deepEqual(
    kinds(faultsOf(allAnew)),
    [
      ['altered', 7, 12],
      ['altered', 13, 18],
    ],
    'the checkpoints tell',
  )
})

type Manipulation = (records: readonly AuditRecord[], a: number, b: number, value: string) => readonly object[]

const manipulations: Readonly<Record<string, Manipulation>> = {
  remove: (records, a, b) => records.toSpliced(a, 1 + (b % 5)),
  'remove and hash anew': (records, a) => rehashed(records.toSpliced(a, 1), false),
  'remove, renumber and hash anew': (records, a) => rehashed(records.toSpliced(a, 1), true),
  swap: (records, a, b) => {
    const other = a === b ? (a + 1) % records.length : b
    return records.with(a, at(other)).with(other, at(a))
  },
  repeat: (records, a, b) => records.toSpliced(b, 0, at(a)),
  truncate: (records, a) => records.slice(0, a),
  'cut the beginning off': (records, a) => records.slice(a + 1),
  alter: (records, a, b, value) => {
    const names = Object.keys(at(a))
    const name = names[b % names.length] as keyof AuditRecord
    return records.with(a, { ...at(a), [name]: `${String(at(a)[name])}${value}` })
  },
  'alter deep inside': (records, a, _b, value) =>
    records.with(a, { ...at(a), metadata: { ...at(a).metadata, a: { z: 1, y: 0, [`x${value}`]: null } } }),
  'alter and hash it anew': (records, a, _b, value) => {
    const changed = { ...at(a), description: `x${value}` }
    return records.with(a, { ...changed, hash: hashRecord({ ...changed }) })
  },
  'alter and hash all anew': (records, a, _b, value) =>
    rehashed(records.with(a, { ...at(a), description: `x${value}` }), false),
  'add a field': (records, a, _b, value) => records.with(a, { ...at(a), [`x${value}`]: 1 }),
  'drop a field': (records, a, b) => {
    const { [Object.keys(at(a))[b % 15] as keyof AuditRecord]: _gone, ...rest } = at(a)
    return records.with(a, rest as AuditRecord)
  },
  'insert a forged one': (records, a, _b, value) => {
    const forged = { ...at(a), description: `x${value}`, previous_hash: at(a).hash }
    return rehashed(records.toSpliced(a, 0, forged), true)
  },
}

test('10,000 random manipulations: every one is found', () => {
  const index = fc.integer({ min: 0, max: chain.length - 1 })
  const kind = fc.constantFrom(...Object.keys(manipulations))
  let tried = 0
  fc.assert(
    fc.property(kind, index, index, fc.string({ minLength: 1, maxLength: 3 }), (name, a, b, value) => {
      const changed = (manipulations[name] as Manipulation)(chain, a, b, value)
      tried++
      const faults = faultsOf(changed)
      assert.notEqual(faults.length, 0, name)
      if (name === 'remove') {
        const last = Math.min(a + 1 + (b % 5), chain.length)
        const expected = last === chain.length ? 'truncated' : 'removed'
        assert.deepEqual([faults[0]?.kind, faults[0]?.from, faults[0]?.to], [expected, a + 1, last])
      }
      if (name === 'alter deep inside') assert.deepEqual([faults[0]?.kind, faults[0]?.from], ['altered', a + 1])
    }),
    { numRuns: 10_000 },
  )
  assert.equal(tried, 10_000)
})
