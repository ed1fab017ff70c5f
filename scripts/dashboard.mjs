// Builds the dashboard into dashboard/dist, with each asset compressed beside it. Runs on the pinned Node.js.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { dashboardSource, dashboardStamp, root } from './setup.mjs'

const source = dashboardSource()
const folder = join(root, 'dashboard')
await build({ configFile: join(folder, 'vite.config.ts'), logLevel: 'warn' })
for (const file of globSync('dist/assets/*.{js,css,svg}', { cwd: folder })) {
  const path = join(folder, file)
  const bytes = readFileSync(path)
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
}
writeFileSync(dashboardStamp, source)
