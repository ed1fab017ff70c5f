import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..', '..')
const execute = promisify(execFile)

/** The Node.js of whoever runs npm, which may be older than ours. */
export const foreignNode = process.env.npm_node_execpath ?? process.execPath

function npm(args: readonly string[], cwd: string): Promise<unknown> {
  const { npm_execpath: script } = process.env
  return script ? execute(foreignNode, [script, ...args], { cwd }) : execute('npm', args, { cwd })
}

/** A folder of its own, removed after the test. */
async function makeDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'atlas-packed-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Packs a workspace in a copy, since packing changes its manifest for a moment, and others read it. */
async function pack(t: TestContext, workspace: string): Promise<string> {
  const clone = await makeDirectory(t)
  const [top = ''] = workspace.split('/')
  const entries = globSync('*', { cwd: root }).filter((entry) => entry !== top && entry !== 'data')
  await Promise.all(entries.map((entry) => symlink(join(root, entry), join(clone, entry))))
  const copy = join(clone, workspace)
  await cp(join(root, workspace), copy, { recursive: true, filter: (path) => !path.includes('node_modules') })
  const manifest = await readFile(join(copy, 'package.json'), 'utf8')
  await npm(['pack', '--silent'], copy)
  assert.equal(await readFile(join(copy, 'package.json'), 'utf8'), manifest, 'the manifest is as it was')
  assert.deepEqual(globSync('{dist,LICENSE,*.original}', { cwd: copy }), [], 'nothing is left behind')
  return join(copy, globSync('*.tgz', { cwd: copy })[0] ?? 'no package')
}

/** A project of its own in which a workspace is installed as people get it: packed, and with no registry to ask. */
export async function installPacked(t: TestContext, workspace: string): Promise<string> {
  const project = await makeDirectory(t)
  await writeFile(join(project, 'package.json'), '{ "name": "acme", "type": "module", "private": true }')
  const file = await pack(t, workspace)
  await npm(['install', '--offline', '--no-audit', '--no-fund', '--silent', file], project)
  return project
}
