// Builds the dashboard into dashboard/dist, with each asset compressed beside it. Runs on the pinned Node.js.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { dashboardInputs, dashboardSource, dashboardStamp, root } from './setup.mjs'

const source = dashboardSource()
const folder = join(root, 'dashboard')
const { output } = await build({ configFile: join(folder, 'vite.config.ts'), logLevel: 'warn' })
for (const path of output.flatMap(({ moduleIds = [] }) => moduleIds)) {
  const name = relative(root, path).split(sep).join('/')
  const isOwn = existsSync(path) && !name.includes('node_modules/')
  if (isOwn && !dashboardInputs.some((input) => name.startsWith(`${input}/`)))
    throw new Error(`${name} is built into the dashboard: add its folder to dashboardInputs in setup.mjs`)
}
for (const file of globSync('dist/assets/*.{js,css,svg}', { cwd: folder })) {
  const path = join(folder, file)
  const bytes = readFileSync(path)
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
}
writeFileSync(dashboardStamp, source)
