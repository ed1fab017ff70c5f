#!/usr/bin/env node
// Inside the repository, the sources as they are; in the package, which has none of them, the program made from them.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const source = new URL('../main.ts', import.meta.url)
const pinned = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url))

/** On a Node.js that knows no TypeScript, the repository's own one runs it. */
function runPinned() {
  if (!existsSync(pinned)) {
    process.stderr.write('error: the dependencies are missing: run "npm ci" in the repository, then this again\n')
    process.exit(1)
  }
  const child = spawn(pinned, [fileURLToPath(source), ...process.argv.slice(2)], { stdio: 'inherit' })
  // The terminal's Ctrl-C reaches the child by itself.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

if (!existsSync(source)) await import('../dist/atlas.js')
else if (process.features.typescript) await import(source.href)
else runPinned()
