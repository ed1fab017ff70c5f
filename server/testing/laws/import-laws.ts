import { importsOf, isIn, isSource, isTest, type Law, type RepositoryFile, violation } from './repository.ts'

const below: Readonly<Record<string, readonly string[]>> = {
  api: ['pipeline', 'storage', 'formats', 'domain'],
  pipeline: ['storage', 'formats', 'domain'],
  formats: ['domain'],
  storage: ['domain'],
  domain: [],
}

// Every room may import these, so they must not lean on a room that leans on them.
const leaves = ['server/errors.ts', 'server/config.ts']

const composers = ['server/main.ts', 'server/server.ts']

const roomOf = (path: string): string | undefined => /^server\/([^/]+)\//.exec(path)?.[1]

function mayImport(importer: RepositoryFile, imported: string): boolean {
  const [from, to] = [roomOf(importer.path), roomOf(imported)]
  if (from === 'testing') return true
  if (from === undefined) {
    if (importer.path === 'server/errors.ts') return false
    // These put the rooms together, and the tests of the whole server drive what they have put together.
    if (composers.includes(importer.path)) return to !== 'testing'
    return isTest(importer) || to === undefined || to === 'domain' || to === 'formats'
  }
  if (from === to || leaves.includes(imported)) return true
  if (to === 'testing') return isTest(importer)
  return to !== undefined && (below[from] ?? []).includes(to)
}

const oneWay =
  'imports go api → pipeline → formats → domain and pipeline → storage → domain, and only tests import testing. ' +
  'Move what both need to the lower room, or hand it over as an argument.'

export const importsGoOneWay: Law = (files) =>
  files
    .filter((file) => isSource(file) && isIn(file, 'server'))
    .flatMap((file) =>
      importsOf(file)
        .filter(({ from }) => isIn(from, 'server', 'cli', 'benchmarks', 'scripts', 'sdk') && !mayImport(file, from))
        .map(({ offset, from }) => violation(file, offset, `must not import ${from}: ${oneWay}`)),
    )

export const importsHaveNoCycle: Law = (files) => {
  const sources = files.filter(isSource)
  const byPath = new Map(sources.map((file) => [file.path, file]))
  const done = new Set<string>()
  const violations: string[] = []

  const visit = (file: RepositoryFile, trail: readonly string[]) => {
    for (const { offset, from } of importsOf(file)) {
      const imported = byPath.get(from)
      const back = trail.indexOf(from)
      if (back >= 0) {
        const cycle = [...trail.slice(back), from].join(' → ')
        violations.push(
          violation(file, offset, `closes the cycle ${cycle}: move what they share to a file of its own.`),
        )
      } else if (imported && !done.has(from)) visit(imported, [...trail, from])
    }
    done.add(file.path)
  }
  for (const file of sources) if (!done.has(file.path)) visit(file, [file.path])
  return violations
}
