import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { dirname as folderOf, join as joinPath } from 'node:path/posix'
import { parseSource, type SourceText } from './source-text.ts'

/** A file of this repository: its path from the root, with slashes, and its text. */
export interface RepositoryFile {
  readonly path: string
  readonly text: string
}

/** Looks at all files and gives a line per violation: `file:line: what is wrong and what to do`. */
export type Law = (files: readonly RepositoryFile[]) => string[]

const repositoryRoot = join(import.meta.dirname, '..', '..', '..')

const notOurs = ['**/node_modules/**', '**/dist/**', '**/.venv/**']

/** Reads the sources, scripts, migrations and manifests of every workspace, and the lockfile. */
export function readRepository(): Promise<RepositoryFile[]> {
  const folders = globSync('*/', { cwd: repositoryRoot }).map((folder) => folder.replace(/[/\\]$/, ''))
  const ours = folders.filter((folder) => folder !== 'node_modules' && folder !== 'data')
  const files = ours.flatMap((folder) =>
    globSync(`${folder}/**/*.{ts,tsx,js,mjs,py,go,sql,json}`, { cwd: repositoryRoot, exclude: notOurs }),
  )
  return Promise.all(
    ['package-lock.json', ...files.sort()].map(async (file) => {
      const text = await readFile(join(repositoryRoot, file), 'utf8')
      return { path: file.split(sep).join('/'), text }
    }),
  )
}

export const isSource = ({ path }: RepositoryFile): boolean => /\.tsx?$/.test(path)

export const isTest = ({ path }: RepositoryFile): boolean => path.endsWith('.test.ts')

/** Does the file, or the path, lie in one of the folders? */
export function isIn(file: RepositoryFile | string, ...folders: string[]): boolean {
  const path = typeof file === 'string' ? file : file.path
  return folders.some((folder) => path.startsWith(`${folder}/`))
}

const parsed = new WeakMap<RepositoryFile, SourceText>()

/** The file's source without its comments and strings; parsed once. */
export function sourceOf(file: RepositoryFile): SourceText {
  const source = parsed.get(file) ?? parseSource(file.text)
  parsed.set(file, source)
  return source
}

/** The line that reports what stands at an offset of a file. */
export function violation(file: RepositoryFile, offset: number, what: string): string {
  return `${file.path}:${file.text.slice(0, offset).split('\n').length}: ${what}`
}

/** A violation for every place where the pattern, which must be global, matches code. */
export function violationsInCode(file: RepositoryFile, pattern: RegExp, what: string): string[] {
  const matches = [...sourceOf(file).code.matchAll(pattern)]
  return matches.map((match) => violation(file, match.index, `${match[0].trim()}: ${what}`))
}

/** An import, a re-export or a dynamic import. */
export interface Import {
  readonly offset: number
  /** A path of the repository, or the name of a package or a module of Node.js. */
  readonly from: string
  /** What stands between `import` and `from`. */
  readonly names: string
}

const importStatement = /\b(?:import|export)\b((?:\s+type\b)?\s*[\w*{][^'"`;()=]*?\bfrom\s*|\s*\(?\s*)['"]([^'"]+)['"]/g

/** All imports of a file, those of types too. */
export function importsOf(file: RepositoryFile): Import[] {
  const { uncommented, code } = sourceOf(file)
  return [...uncommented.matchAll(importStatement)]
    .filter(({ index }) => code[index] !== ' ')
    .map(({ index, 1: clause = '', 2: from = '' }) => ({
      offset: index,
      from: from.startsWith('.') ? joinPath(folderOf(file.path), from) : from,
      names: clause.replace(/\bfrom\s*$/, '').trim(),
    }))
}
