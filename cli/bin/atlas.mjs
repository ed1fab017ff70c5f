#!/usr/bin/env node
// The command line inside the repository: its sources as they are. What is packed is made by build.mjs.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from '../../scripts/setup.mjs'

const program = new URL('../main.ts', import.meta.url)

/** A Node.js that knows no TypeScript leaves it to the one that the repository brings along. */
function runPinned() {
  const child = spawn(pinnedNode, [fileURLToPath(program), ...process.argv.slice(2)], { stdio: 'inherit' })
  // The terminal's Ctrl-C reaches the child by itself.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

if (!existsSync(pinnedNode)) {
  process.stderr.write('error: dependencies are missing: run "npm ci" in the repository, then this again\n')
  process.exitCode = 1
} else if (process.features.typescript) await import(program.href)
else runPinned()
