import { createHash } from 'node:crypto'
import { basename } from 'node:path/posix'
import { isSource, isTest, type Law, type RepositoryFile, violation } from './repository.ts'

const isWritten = ({ path }: RepositoryFile): boolean => !path.endsWith('.json')

const vague = /^(?:utils?|common|helpers?|misc)$/i

export const namesTellTheSubject: Law = (files) =>
  files.flatMap(({ path }) => {
    const part = path.split('/').find((name) => name.split(/[-_.]/).some((word) => vague.test(word)))
    if (part) return [`${path}:1: "${part}" names no subject: take a word of the glossary.`]
    if (/^index\.\w+$/.test(basename(path)))
      return [`${path}:1: no barrel files: import from the file that defines it.`]
    return []
  })

const ofTheWholeServer = /^server\/(?:architecture|(?:journey|faults)[\w-]*)\.test\.ts$/

/** x.test.ts stands beside x.ts; where one file would be too long, x-subject.test.ts does too. */
export const testsStandBesideTheirSource: Law = (files) => {
  const sources = files.filter((file) => isSource(file) && !isTest(file)).map(({ path }) => path.replace(/\.tsx?$/, ''))
  const hasSource = (test: string) => sources.some((source) => test === source || test.startsWith(`${source}-`))
  return files
    .filter(
      (file) => isTest(file) && !ofTheWholeServer.test(file.path) && !hasSource(file.path.slice(0, -'.test.ts'.length)),
    )
    .map(({ path }) => `${path}:1: no source of this name stands beside it: name it after what it tests.`)
}

// In brackets, or this file would find itself.
const leftover = /\b(?:TO[D]O|FI[X]ME|XX[X])\b/g

export const nothingIsLeftForLater: Law = (files) =>
  files
    .filter(isWritten)
    .flatMap((file) =>
      [...file.text.matchAll(leftover)].map((match) =>
        violation(file, match.index, `${match[0]}: do it now, or open an issue and describe here what holds today.`),
      ),
    )

const longest = 400

export const filesAreSmall: Law = (files) =>
  files.filter(isWritten).flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1
    return lines > longest ? [`${path}:${longest + 1}: ${lines} lines are too many: split it by subject.`] : []
  })

const migrations = 'server/storage/migrations/'
const checksumFile = `${migrations}checksums.json`

const checksumOf = (file: RepositoryFile): string => createHash('sha256').update(file.text).digest('hex')

/** A migration that others have applied never changes; its checksum in checksums.json says that it has landed. */
export const migrationsAreNumberedAndFinal: Law = (files) => {
  const landed: Record<string, string> = JSON.parse(files.find(({ path }) => path === checksumFile)?.text ?? '{}')
  const present = files.filter(({ path }) => path.startsWith(migrations) && path.endsWith('.sql'))
  const names = new Set(present.map(({ path }) => basename(path)))
  const removed = Object.keys(landed).filter((name) => !names.has(name))
  return [
    ...removed.map((name) => `${checksumFile}:1: ${name} is gone: a migration that has landed stays as it is.`),
    ...present.flatMap((file, index) => {
      const name = basename(file.path)
      const number = String(index + 1).padStart(4, '0')
      if (!/^\d{4}(?:-[a-z0-9]+)+\.sql$/.test(name) || !name.startsWith(number)) {
        return [`${file.path}:1: expected the name ${number}-telling-name.sql: numbers run from 0001 without a gap.`]
      }
      if (!landed[name]) return [`${file.path}:1: is new: add "${name}": "${checksumOf(file)}" to ${checksumFile}.`]
      if (landed[name] === checksumOf(file)) return []
      return [`${file.path}:1: has landed and was changed: undo that and mend it in a new migration.`]
    }),
  ]
}

interface LockedPackage {
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** npm ci refuses a lockfile that does not list the packages of every platform, even those that it will not install. */
export const lockfileServesEveryPlatform: Law = (files) =>
  files
    .filter(({ path }) => path === 'package-lock.json')
    .flatMap((file) => {
      const { packages } = JSON.parse(file.text) as { packages: Record<string, LockedPackage> }
      const at = (text: string) => file.text.indexOf(text)
      const paths = Object.keys(packages)
      return Object.values(packages).flatMap(({ resolved, optionalDependencies = {} }) => [
        ...(resolved?.includes('://')
          ? [violation(file, at(resolved), `names a registry: keep omit-lockfile-registry-resolved in .npmrc.`)]
          : []),
        ...Object.keys(optionalDependencies)
          .filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))
          .map((name) => violation(file, at(`"${name}"`), `${name} is not locked: npm ci would fail. Add its entry.`)),
      ])
    })
