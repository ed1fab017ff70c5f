import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GroupCommit } from './group-commit.ts'

/** Commits that last until the test ends them. */
function gather({ lanes = 1, fullAt = 10 } = {}) {
  const groups: { items: readonly number[]; end: () => void }[] = []
  const started: (() => void)[] = []
  const commits = new GroupCommit<number>({
    lanes,
    fullAt,
    weight: (item) => item,
    commit: (items) =>
      new Promise((resolve) => {
        groups.push({ items, end: () => resolve(null) })
        for (const resolve of started.splice(0)) resolve()
      }),
  })
  /** Resolves when that many groups have begun. */
  const begun = async (count: number): Promise<void> => {
    while (groups.length < count) await new Promise<void>((resolve) => started.push(resolve))
  }
  const items = () => groups.map((group) => group.items)
  return { commits, groups, begun, items }
}

test('what comes in the same turn leaves together, and what comes during a commit gathers', async () => {
  const { commits, groups, begun, items } = gather()
  for (const item of [1, 2, 3]) commits.add(item)
  await begun(1)
  for (const item of [4, 1]) commits.add(item)
  assert.equal(commits.length, 2)
  assert.deepEqual(items(), [[1, 2, 3]])
  groups[0]?.end()
  await begun(2)
  assert.deepEqual(items(), [
    [1, 2, 3],
    [4, 1],
  ])
})

test('a group ends before it would be too heavy; an item that is too heavy alone goes alone', async () => {
  const { commits, groups, begun, items } = gather({ fullAt: 10 })
  for (const item of [5, 5, 1, 99, 9, 1]) commits.add(item)
  for (let group = 0; group < 4; group++) {
    await begun(group + 1)
    groups[group]?.end()
  }
  await commits.idle()
  assert.deepEqual(items(), [[5, 5], [1], [99], [9, 1]])
})

test('many items of one owner are waited for by that owner only', async () => {
  const groups: string[][] = []
  const commits = new GroupCommit<string>({
    lanes: 1,
    fullAt: 3,
    weight: (item) => (item.endsWith('heavy') ? 99 : 1),
    owner: (item) => item[0] ?? '',
    commit: async (items) => {
      groups.push([...items])
      return null
    },
  })
  for (const item of ['a1', 'a2 heavy', 'a3 heavy', 'a4', 'b1', 'b2', 'c1']) commits.add(item)
  await commits.idle()
  assert.deepEqual(groups, [['a1', 'b1', 'c1'], ['a2 heavy'], ['b2'], ['a3 heavy'], ['a4']])
})

test('a line that never ends keeps its order and nothing that has left', async () => {
  const left: number[] = []
  const commits = new GroupCommit<number>({
    lanes: 1,
    fullAt: 7,
    weight: () => 1,
    commit: async (items) => {
      left.push(...items)
      for (let more = 0; more < items.length && left.length < 9_000; more++) commits.add(left.length + 3_000 + more)
      return null
    },
  })
  for (let item = 0; item < 3_000; item++) commits.add(item)
  await commits.idle()
  assert.equal(commits.length, 0)
  assert.equal(new Set(left).size, left.length)
  assert.deepEqual(
    left.slice(0, 3_000),
    Array.from({ length: 3_000 }, (_, index) => index),
  )
})

test('no more groups are committed at the same time than there are lanes', async () => {
  const { commits, groups, begun, items } = gather({ lanes: 2, fullAt: 1 })
  for (const item of [1, 2, 3]) commits.add(item)
  await begun(2)
  await new Promise(setImmediate)
  assert.deepEqual(items(), [[1], [2]])
  groups[1]?.end()
  await begun(3)
  assert.deepEqual(items(), [[1], [2], [3]])
})

test('it is idle when nothing waits and nothing is being committed, and not before', async () => {
  const { commits, groups, begun } = gather({ fullAt: 1 })
  await commits.idle()
  commits.add(1)
  commits.add(2)
  const order: string[] = []
  const idle = commits.idle().then(() => order.push('idle'))
  for (const group of [0, 1]) {
    await begun(group + 1)
    await new Promise(setImmediate)
    order.push(`end ${group}`)
    groups[group]?.end()
  }
  await idle
  assert.deepEqual(order, ['end 0', 'end 1', 'idle'])
})
