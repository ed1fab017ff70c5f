import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const formatter = join(import.meta.dirname, '..', 'node_modules', '.bin', 'biome')
const path = join(import.meta.dirname, 'README.md')

/** The marked parts that the benchmark writes; the prose around them is people's. */
export type Section = 'results' | 'profile'

/** Replaces what stands between the section's marks. */
export function withSection(text: string, section: Section, content: string): string {
  const begin = `<!-- ${section} -->`
  const end = `<!-- end of ${section} -->`
  const from = text.indexOf(begin)
  const until = text.indexOf(end)
  if (from < 0 || until < from) return `${text.trimEnd()}\n\n${begin}\n${content}\n${end}\n`
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(until)}`
}

export async function updateReadme(section: Section, content: string): Promise<void> {
  await writeFile(path, withSection(await readFile(path, 'utf8'), section, content))
  // Tables are aligned by the formatter, which the checks would ask for.
  await promisify(execFile)(formatter, ['format', '--write', path])
}
