import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { coloured, plain } from './style.ts'
import { type Column, details, table } from './table.ts'

interface Fruit {
  readonly id: string
  readonly name: string
  readonly amount: number
}

const columns: readonly Column<Fruit>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'AMOUNT', cell: ({ amount }) => String(amount), align: 'right' },
  { title: 'NAME', cell: ({ name }) => name, shrinks: true, tone: ({ amount }) => (amount > 5 ? 'good' : null) },
]
const fruits = [
  { id: 'f_1', name: 'apple', amount: 10 },
  { id: 'f_22', name: 'a very long name of a fruit', amount: 3 },
]

test('columns are aligned, with two spaces between them and none at the end', () => {
  assert.equal(
    table(fruits, columns, { style: plain, width: null }),
    `ID    AMOUNT  NAME
f_1       10  apple
f_22       3  a very long name of a fruit
`,
  )
})

test('on a narrow terminal what may shrink is cut, and ids never are', () => {
  const lines = table(fruits, columns, { style: plain, width: 30 }).split('\n')
  assert.equal(lines[2], 'f_22       3  a very long nam…')
  const narrow = table(fruits, columns, { style: plain, width: 5 }).split('\n')
  assert.equal(narrow[2], 'f_22       3  a very …')
})

test('wide characters take two columns', () => {
  const rows = [
    { id: '東京', name: 'x', amount: 1 },
    { id: 'a👍🏽', name: 'y', amount: 2 },
    { id: 'e\u0301a', name: 'z', amount: 3 },
  ]
  assert.equal(
    table(rows, columns, { style: plain, width: null }),
    'ID    AMOUNT  NAME\n東京       1  x\na👍🏽        2  y\ne\u0301a         3  z\n',
  )
})

test('colours change nothing of the alignment', () => {
  const text = table(fruits, columns, { style: coloured, width: null })
  assert(text.includes('\u001b[32mapple\u001b[39m'))
  assert.equal(stripVTControlCharacters(text), table(fruits, columns, { style: plain, width: null }))
})

test('what strangers write cannot reach the terminal as anything but text', () => {
  const rows = [{ id: 'f', name: '\u001b[2J\u009b1mred\r\nnext\u202e', amount: 1 }]
  assert.match(table(rows, columns, { style: plain, width: null }), / \\x1b\[2J\\x9b1mred\\x0d\\nnext\\u202e\n$/)
})

test('details leave out what is not there, and align what has several lines', () => {
  const fields = [
    ['ID', 'ep_1'],
    ['Headers', 'A: 1\nB: 2'],
    ['Filter', null],
  ] as const
  assert.equal(details(fields, { style: plain, width: null }), 'ID       ep_1\nHeaders  A: 1\n         B: 2\n')
})
