import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accentOf, contrast } from './accent.ts'

const grounds = { light: ['#ffffff', '#f7f8fa', '#eef0f4'], dark: ['#0f1218', '#171b23', '#212733'] } as const

test('contrast is measured as WCAG does', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21)
  assert.equal(contrast('#777777', '#ffffff').toFixed(2), '4.48')
  assert.equal(contrast('#ffffff', '#ffffff'), 1)
})

test('whatever the colour, text in it and on it can be read in both themes', () => {
  const levels = ['00', '33', '66', '99', 'cc', 'ff']
  const colors = levels.flatMap((red) => levels.flatMap((green) => levels.map((blue) => `#${red}${green}${blue}`)))
  for (const color of colors) {
    for (const theme of ['light', 'dark'] as const) {
      const { accent, onAccent, soft } = accentOf(color, theme)
      for (const other of [...grounds[theme], soft, onAccent]) {
        assert(contrast(accent, other) >= 4.5, `${color} as ${accent} on ${other}, ${theme}`)
      }
    }
  }
})

test('a colour that can be read already stays as it is', () => {
  assert.equal(accentOf('#0b5cad', 'light').accent, '#0b5cad')
  assert.equal(accentOf('#86bdff', 'dark').accent, '#86bdff')
})
