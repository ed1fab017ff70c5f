// npm run docs: writes the generated parts of docs/*.md anew. Runs on the pinned Node.js.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderPage } from '../server/documentation.ts'
import { root } from './setup.mjs'

for (const file of globSync('docs/*.md', { cwd: root }).sort()) {
  const path = join(root, file)
  const before = readFileSync(path, 'utf8')
  const after = renderPage(before)
  if (after === before) continue
  writeFileSync(path, after)
  console.log(`${file} is up to date again`)
}
