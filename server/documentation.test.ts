import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { settings } from './config.ts'
import { renderPage } from './documentation.ts'
import { builtInActions } from './domain/audit-actions.ts'
import { builtInEventTypes } from './domain/event-type.ts'
import { catalogue } from './errors.ts'
import { optionsOf } from './formats/batch-format.ts'
import { batchFormats } from './formats/batch-formats.ts'
import { presets } from './formats/presets.ts'

const docs = join(import.meta.dirname, '..', 'docs')

for (const name of globSync('*.md', { cwd: docs }).sort()) {
  test(`docs/${name} says what the code says`, async () => {
    const page = await readFile(join(docs, name), 'utf8')
    assert.equal(page, renderPage(page), `docs/${name} is out of date: run "npm run docs"`)
  })
}

test('every setting, error, event type, option and preset is in the page that is generated from it', async () => {
  const contents: [string, string[]][] = [
    ['configuration.md', Object.values(settings).map(({ name }) => name)],
    ['errors.md', Object.keys(catalogue)],
    ['audit-log.md', builtInActions.map(({ category, action }) => `${category}.${action}`)],
    ['event-types.md', builtInEventTypes.map(({ name }) => name)],
    ['batches.md', Object.values(batchFormats).flatMap((format) => Object.keys(optionsOf(format)))],
    ['siem.md', presets.map(({ url }) => url)],
  ]
  for (const [file, names] of contents) {
    const page = await readFile(join(docs, file), 'utf8')
    for (const name of names) assert(page.includes(`\`${name}\``), `${file} lacks ${name}`)
  }
})

test('a generated part is replaced, what stands around it stays, and an unknown part is refused', () => {
  const page = 'before\n<!-- generated: errors -->\nold\n<!-- /generated -->\nafter\n'
  const rendered = renderPage(page)
  assert.match(rendered, /^before\n<!-- generated: errors -->\n\| status \| code +\| title +\|\n\| -{6} \|/)
  assert.match(rendered, /\n\| 404 {4}\| `not_found` +\| Not found +\|\n/)
  assert.match(rendered, /\n<!-- \/generated -->\nafter\n$/)
  assert(!rendered.includes('old'))
  assert.equal(renderPage(rendered), rendered)
  assert.throws(() => renderPage(page.replace('errors', 'weather')), /weather/)
})
