// node scripts/pack.mjs prepare|restore: npm pack runs it in a package before and after (prepack, postpack). In the
// repository a package is its TypeScript sources; Node.js does not run those under node_modules, so what is packed is
// what tsc makes of them, under a manifest that says so: with the fields of its publishConfig in place of its own.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

const inPackage = (name) => join(process.cwd(), name)
const manifest = inPackage('package.json')
const original = inPackage('package.json.original')

function restore() {
  // Without the original nothing has begun, or all is as it was.
  if (!existsSync(original)) return
  renameSync(original, manifest)
  for (const name of ['dist', 'LICENSE']) rmSync(inPackage(name), { recursive: true, force: true })
}

function prepare() {
  // Of a run that was killed.
  restore()
  copyFileSync(manifest, original)
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { status } = spawnSync(process.execPath, [tsc, '--project', '.'], { stdio: 'inherit' })
  if (status !== 0) {
    restore()
    process.exit(1)
  }
  const { publishConfig = {}, scripts, devDependencies, ...rest } = JSON.parse(readFileSync(manifest, 'utf8'))
  const { access, ...fields } = publishConfig
  writeFileSync(manifest, `${JSON.stringify({ ...rest, ...fields, publishConfig: { access } }, null, 2)}\n`)
  copyFileSync(join(root, 'LICENSE'), inPackage('LICENSE'))
}

const step = { prepare, restore }[process.argv[2]]
if (!step) {
  console.error('usage: node scripts/pack.mjs prepare|restore, in the folder of a package')
  process.exit(2)
}
step()
