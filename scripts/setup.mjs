// Runs on the machine's own Node.js (20 or newer), before anything is installed: no dependencies, no newer syntax.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(join(root, lockfile), 'utf8')).packages
  } catch {
    return undefined
  }
}

/**
 * Is what stands in node_modules what package-lock.json asks for? npm writes down what it installed when it has finished,
 * so the two are compared by content: a checkout of another branch is noticed, a mere change of file times is not, and
 * an install that was interrupted counts as none.
 */
export function isSetUp() {
  const wanted = packagesIn('package-lock.json')
  const installed = packagesIn('node_modules/.package-lock.json')
  if (!wanted || !installed || !existsSync(pinnedNode)) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true
    const found = installed[path]
    if (!found) return Boolean(entry.optional || entry.devOptional)
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

/** The command that installs exactly the lockfile, with the npm that started us where there is one. */
export function installCommand() {
  // Warnings would be of no use here: they are about the machine's Node.js, which runs nothing but this.
  const ci = ['ci', '--loglevel=error']
  const { npm_execpath: npm, npm_node_execpath: node } = process.env
  // Not process.execPath: that may be the pinned Node.js, which is about to be replaced.
  if (npm && node) return { command: node, args: [npm, ...ci] }
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: ci }
}

/** What the dashboard in dist was built from. */
export const dashboardStamp = join(root, 'dashboard', 'dist', '.built-from')

/** Where all that the dashboard is built from lies; dashboard.mjs finds out when something is missing here. */
export const dashboardInputs = [
  ...['dashboard', 'sdk/typescript/src', 'server/domain', 'server/formats'],
  ...['scripts/dashboard.mjs', 'package-lock.json'],
]

/** A hash of it. */
export function dashboardSource() {
  const hash = createHash('sha256')
  for (const file of dashboardInputs.flatMap((path) => filesIn(join(root, path))).sort())
    hash.update(readFileSync(file))
  return hash.digest('hex')
}

function filesIn(path) {
  if (!statSync(path).isDirectory()) return /(?<!\.test)\.(ts|tsx|mjs|css|html|svg|json)$/.test(path) ? [path] : []
  const names = readdirSync(path).filter((name) => !['dist', 'node_modules', 'testing'].includes(name))
  return names.flatMap((name) => filesIn(join(path, name)))
}

/** Is the dashboard in dist what its sources say? */
export function isDashboardBuilt() {
  return existsSync(dashboardStamp) && readFileSync(dashboardStamp, 'utf8') === dashboardSource()
}

// Node.js lets its young generation grow to three times 64 MiB before it looks for garbage elsewhere. Half of that saves
// a third of the server's memory. The benchmark reads the same file.
export const nodeFlags = JSON.parse(readFileSync(join(root, 'scripts', 'node-flags.json'), 'utf8'))
