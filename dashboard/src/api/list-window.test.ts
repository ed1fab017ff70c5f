import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstStart, type ListPage, type ListWindow, prepend, share, startAfter, startOf, trim } from './list-window.ts'

/** A window of a list that was read from its start, of which each page has so many rows. */
function read(sizes: readonly number[]): ListWindow<number> {
  const pages: ListPage<number>[] = []
  const pageParams = [firstStart]
  for (const [index, size] of sizes.entries()) {
    const start = pageParams[index]
    assert(start)
    const data = Array.from({ length: size }, (_, row) => start.at + row)
    const page = { data, next_cursor: index === sizes.length - 1 ? null : `page ${index + 1}` }
    pages.push(page)
    const next = startAfter(page, start)
    if (next) pageParams.push(next)
  }
  return { pages, pageParams }
}

/** How many rows come before the window. */
const offsetOf = ({ pageParams: [first] }: ListWindow<number>) => first?.at
const rowsOf = ({ pages }: ListWindow<number>) => pages.flatMap(({ data }) => data)

test('pages are dropped at the end that was left, and as many rows stay as are wanted', () => {
  const whole = read([3, 3, 0, 3, 3])
  assert.equal(offsetOf(whole), 0)
  const later = trim(whole, 'first', 5)
  assert.deepEqual([offsetOf(later), rowsOf(later)], [6, [6, 7, 8, 9, 10, 11]])
  const earlier = trim(whole, 'last', 5)
  assert.deepEqual([offsetOf(earlier), rowsOf(earlier)], [0, [0, 1, 2, 3, 4, 5]])
  assert.equal(trim(read([3, 3]), 'first', 4).pages.length, 2)
  assert.deepEqual(trim(read([2, 50]), 'last', 5).pages.length, 2)
})

test('where dropped pages begin is remembered', () => {
  const later = trim(read([3, 3, 0, 3, 3]), 'first', 3)
  const start = later.pageParams[0]
  assert(start)
  assert.deepEqual([start.at, start.cursor, start.before?.cursor], [9, 'page 4', 'page 3'])
  assert.equal(startOf(11, start), start)
  assert.equal(startOf(7, start).cursor, 'page 3')
  assert.equal(startOf(4, start).cursor, 'page 1')
  assert.equal(startOf(0, start), firstStart)
})

test('a page that was read again goes before the window where the two still join, and else in its place', () => {
  const whole = read([3, 3, 3])
  const window = trim(whole, 'first', 6)
  const [page] = whole.pages
  assert(page && window.pages.length === 2)
  assert.deepEqual(prepend(window, page, firstStart), whole)
  const other = { data: [-1, 0, 1], next_cursor: 'page of now' }
  assert.deepEqual(prepend(window, other, firstStart), { pages: [other], pageParams: [firstStart] })
  const last = { data: [0], next_cursor: null }
  assert.deepEqual(rowsOf(prepend(window, last, firstStart)), [0])
})

test('of a window that has moved, and of one that was read again, what is the same stays the same objects', () => {
  const before = read([2, 2, 2])
  const moved = trim(structuredClone(before), 'first', 4)
  const shared = share(before, moved)
  assert.equal(shared.pages[0], before.pages[1])
  assert.equal(shared.pages[1], before.pages[2])
  assert.deepEqual(shared, moved)
  assert.equal(share(before, structuredClone(before)), before)
  assert.equal(share(undefined, before), before)
})
