// node scripts/run.mjs <file> [arguments]: installs the dependencies and builds the dashboard where they are missing or
// outdated, then runs the file on the pinned Node.js. Runs on the machine's own Node.js itself, see setup.mjs.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installCommand, isDashboardBuilt, isSetUp, nodeFlags, pinnedNode, root } from './setup.mjs'

// One Ctrl-C arrives here twice, from the terminal and from npm, which passes it on. A server that takes a second
// signal for impatience must see one.
const sameSignalWithinMs = 500

// What Node.js compiled once need not be compiled at the next start, nor anew by each process of a test run.
const compiled = join(root, 'node_modules', '.cache', 'compiled')

/** Runs a command to its end, passes signals on to it, and gives the exit code that a shell would show. */
function run(command, args, stdio) {
  return new Promise((resolve) => {
    // A session of its own keeps the terminal's Ctrl-C from reaching it past us.
    const env = { NODE_COMPILE_CACHE: compiled, ...process.env }
    const child = spawn(command, args, { cwd: root, env, stdio, detached: true, windowsHide: true })
    const lastAt = {}
    const passOn = (signal) => {
      const now = Date.now()
      if (now - (lastAt[signal] ?? 0) < sameSignalWithinMs) return
      lastAt[signal] = now
      // A closed terminal asks for the same clean stop as SIGTERM.
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn)

    // npm, our parent (the scripts say exec for that), may be killed without a word to us; the server must not outlive it.
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.env.npm_lifecycle_event && process.ppid !== parent) passOn('SIGTERM')
    }, 1000)

    const finish = (code) => {
      clearInterval(watch)
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, passOn)
      resolve(code)
    }
    child.on('error', (error) => {
      console.error(`Cannot run ${command}: ${error.message}`)
      finish(127)
    })
    child.on('exit', (code, signal) => finish(code ?? 128 + constants.signals[signal]))
  })
}

async function install() {
  console.log('Installing dependencies (npm ci); this takes a moment the first time.')
  const { command, args } = installCommand()
  const code = await run(command, args, 'inherit')
  if (code !== 0) return code
  if (existsSync(pinnedNode)) return 0
  console.error('The pinned Node.js was not installed, because npm is set not to run install scripts.')
  console.error('Run "npm ci --ignore-scripts=false", then this again.')
  return 1
}

const needDashboard = new Set(['server/main.ts', 'scripts/test.mjs'])

async function buildDashboard() {
  console.log('Building the dashboard; this takes a moment the first time.')
  return await run(pinnedNode, [join(root, 'scripts', 'dashboard.mjs')], 'inherit')
}

async function main() {
  const [file, ...args] = process.argv.slice(2)
  if (!file) {
    console.error('usage: node scripts/run.mjs <file> [arguments]')
    return 2
  }
  if (Number.parseInt(process.versions.node, 10) < 20) {
    console.error(`Node.js 20 or newer is needed to start; this is ${process.versions.node}.`)
    return 1
  }
  if (!isSetUp()) {
    const code = await install()
    if (code !== 0) return code
  }
  if (needDashboard.has(file) && !isDashboardBuilt()) {
    const code = await buildDashboard()
    if (code !== 0) return code
  }
  // The channel carries no messages: its end tells the child that this process is gone (see stop-with-parent.mjs).
  const preload = pathToFileURL(join(root, 'scripts', 'stop-with-parent.mjs')).href
  return run(
    pinnedNode,
    [...nodeFlags, '--import', preload, join(root, file), ...args],
    ['inherit', 'inherit', 'inherit', 'ipc'],
  )
}

process.exit(await main())
