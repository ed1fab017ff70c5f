// npm run build, in this folder: makes the program one file without dependencies, for Node.js that runs no TypeScript
// under node_modules, and puts the licenses of what went into it beside it.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const folder = import.meta.dirname

const { metafile } = await build({
  absWorkingDir: folder,
  entryPoints: ['main.ts'],
  outfile: 'dist/atlas.js',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // Some packages have modules that can be bundled under this name only.
  mainFields: ['module', 'main'],
  metafile: true,
  legalComments: 'none',
  // ws looks for these, and does without.
  external: ['bufferutil', 'utf-8-validate'],
  banner: {
    // Modules that were written for require have no other way to those of Node.js.
    js: `#!/usr/bin/env node\nimport { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)`,
  },
})

const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
)
const licenses = [...packages].sort().map((path) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'))
  const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: join(folder, path) })
  if (!file) throw new Error(`${name} has no license file: the package may not be passed on without one`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, path, file), 'utf8').trim()}\n`
})
writeFileSync(join(folder, 'dist', 'licenses.txt'), licenses.join(`\n${'-'.repeat(80)}\n\n`))
