// npm run docs: writes anew what is generated: parts of docs/*.md, and files of the SDKs. Runs on the pinned Node.js.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedFiles } from '../sdk/generation/files.ts'
import { renderPage } from '../server/documentation.ts'
import { root } from './setup.mjs'

function write(file, text) {
  const path = join(root, file)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  console.log(`${file} is up to date again`)
}

for (const file of globSync('docs/*.md', { cwd: root }).sort()) {
  write(file, renderPage(readFileSync(join(root, file), 'utf8')))
}
for (const [file, text] of generatedFiles()) write(file, text)
