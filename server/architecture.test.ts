import assert from 'node:assert/strict'
import test from 'node:test'
import { domainIsPure, requestsToTargetsStayInDeliver, sqlStaysInStorage } from './testing/laws/code-laws.ts'
import { importsGoOneWay, importsHaveNoCycle } from './testing/laws/import-laws.ts'
import { type Law, readRepository } from './testing/laws/repository.ts'
import * as repositoryLaws from './testing/laws/repository-laws.ts'

const repository = await readRepository()

interface Statute {
  readonly law: Law
  /** Files that keep the law, by path, and look as if they might not. */
  readonly kept: Readonly<Record<string, string>>
  /** Files that break it, each with where and what must be reported. */
  readonly broken: readonly (readonly [files: Readonly<Record<string, string>>, ...reports: string[]])[]
}

const laterWord = ['TO', 'DO'].join('')
const sha256OfX = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'
const migration = 'server/storage/migrations/0001-first.sql'
const checksums = 'server/storage/migrations/checksums.json'

const statutes: Record<string, Statute> = {
  'imports go one way': {
    law: importsGoOneWay,
    kept: {
      'server/api/a.ts': `import { b } from '../pipeline/b.ts'\nimport { c } from '../domain/c.ts'`,
      'server/domain/a.ts': `// import { b } from '../api/b.ts'\nimport { ApiError } from '../errors.ts'`,
      'server/domain/a.test.ts': `import { clock } from '../testing/clock.ts'\nconst text = "import '../api/b.ts'"`,
      'server/main.ts': `import { listen } from './api/listener.ts'`,
      'server/documentation.ts': `import { presets } from './formats/presets.ts'`,
    },
    broken: [
      [{ 'server/domain/a.ts': `\nimport { b } from '../storage/b.ts'` }, 'server/domain/a.ts:2: must not import'],
      [{ 'server/storage/a.ts': `import type { B } from '../pipeline/b.ts'` }, 'server/storage/a.ts:1:'],
      [{ 'server/formats/a.ts': `import {\n  b,\n} from '../storage/b.ts'` }, 'server/formats/a.ts:1:'],
      [{ 'server/pipeline/a.ts': `await import('../api/b.ts')` }, 'server/pipeline/a.ts:1:'],
      [{ 'server/pipeline/a.ts': `export { b } from '../api/b.ts'` }, 'server/pipeline/a.ts:1:'],
      [{ 'server/api/a.ts': `import { b } from '../testing/b.ts'` }, 'server/api/a.ts:1:'],
      [{ 'server/errors.ts': `import { b } from './domain/b.ts'` }, 'server/errors.ts:1:'],
      [{ 'server/config.ts': `import { b } from './storage/b.ts'` }, 'server/config.ts:1:'],
    ],
  },
  'imports have no cycle': {
    law: importsHaveNoCycle,
    kept: { 'a.ts': `import './b.ts'\nimport './c.ts'`, 'b.ts': `import './c.ts'`, 'c.ts': '' },
    broken: [
      [
        { 'a.ts': `import './b.ts'`, 'b.ts': `import './c.ts'`, 'c.ts': `\nimport type { B } from './b.ts'` },
        'c.ts:2: closes the cycle b.ts → c.ts → b.ts',
      ],
    ],
  },
  'SQL stays in storage': {
    law: sqlStaysInStorage,
    kept: {
      'server/storage/a.ts': `import pg from 'pg'\npool.query('select 1 from a')`,
      'server/api/a.ts': `// select a from b\nconst text = 'Choose what to select from the list', query = request.query.a`,
    },
    broken: [
      [{ 'server/api/a.ts': `const text = \`\n  select \${\`a\`}\n  from b\`` }, 'server/api/a.ts:1: an SQL statement'],
      [{ 'server/pipeline/a.ts': `f(1 / 2, 'UPDATE deliveries d set x = 1')` }, 'server/pipeline/a.ts:1:'],
      [{ 'server/domain/a.ts': `'insert into a values (1)'; "delete from a"` }, 'domain/a.ts:1:', 'domain/a.ts:1:'],
      [{ 'server/main.ts': `\n\nclient.query(text)` }, 'server/main.ts:3: .query('],
      [{ 'server/api/a.ts': `import pg from 'pg'` }, 'server/api/a.ts:1: imports pg'],
    ],
  },
  'requests to targets stay in deliver.ts': {
    law: requestsToTargetsStayInDeliver,
    kept: {
      'server/pipeline/deliver.ts': `import { Agent } from 'undici'`,
      'server/pipeline/a.ts': `import type { Agent } from 'undici'\nimport { errors, type Pool } from 'undici'`,
      'server/api/a.test.ts': `await fetch(url)`,
    },
    broken: [
      [{ 'server/pipeline/a.ts': `import { Agent, errors } from 'undici'` }, 'server/pipeline/a.ts:1: imports undici'],
      [{ 'server/api/a.ts': `\nawait fetch(url)` }, 'server/api/a.ts:2: fetch('],
      [{ 'server/api/a.ts': `http.request(url)` }, 'server/api/a.ts:1: http.request('],
    ],
  },
  'the domain is pure': {
    law: domainIsPure,
    kept: {
      'server/domain/a.ts': `// Date.now()\nnew Date(ms); row.randomBytes(2); const text = 'new Date()'`,
      'server/domain/a.test.ts': `Date.now()`,
      'server/pipeline/a.ts': `Date.now()`,
    },
    broken: [
      [{ 'server/domain/a.ts': `\nconst now = Date.now()` }, 'server/domain/a.ts:2: Date.now('],
      [{ 'server/formats/a.ts': `const text = \`\${new Date()}\`` }, 'server/formats/a.ts:1: new Date()'],
      [{ 'server/domain/a.ts': `Math.random()\nperformance.now()` }, 'domain/a.ts:1: Math', 'domain/a.ts:2: perf'],
      [{ 'server/domain/a.ts': `randomBytes(2); crypto.randomUUID()` }, 'a.ts:1: randomBytes(', 'a.ts:1: crypto.'],
      [
        { 'server/domain/a.ts': `import { readFile } from 'node:fs/promises'` },
        'server/domain/a.ts:1: imports node:fs',
      ],
    ],
  },
  'names tell the subject': {
    law: repositoryLaws.namesTellTheSubject,
    kept: { 'server/domain/utilization.ts': '', 'server/domain/commonwealth.ts': '' },
    broken: [
      [{ 'server/utils/a.ts': '' }, 'server/utils/a.ts:1: "utils"'],
      [{ 'server/api/string-helper.ts': '' }, 'server/api/string-helper.ts:1:'],
      [{ 'server/api/index.ts': '' }, 'server/api/index.ts:1: no barrel files'],
    ],
  },
  'tests stand beside their source': {
    law: repositoryLaws.testsStandBesideTheirSource,
    kept: { 'server/a.ts': '', 'server/a.test.ts': '', 'server/a-on-fire.test.ts': '', 'server/journey-2.test.ts': '' },
    broken: [[{ 'server/api/a.ts': '', 'server/a.test.ts': '' }, 'server/a.test.ts:1: no source of this name']],
  },
  'nothing is left for later': {
    law: repositoryLaws.nothingIsLeftForLater,
    kept: { 'server/a.ts': '// todos of a workspace' },
    broken: [[{ 'server/a.ts': `\n// ${laterWord}: later` }, `server/a.ts:2: ${laterWord}`]],
  },
  'files are small': {
    law: repositoryLaws.filesAreSmall,
    kept: { 'server/a.ts': '\n'.repeat(400) },
    broken: [[{ 'server/a.ts': '\n'.repeat(401) }, 'server/a.ts:401: 401 lines']],
  },
  'migrations are numbered and final': {
    law: repositoryLaws.migrationsAreNumberedAndFinal,
    kept: { [migration]: 'x', [checksums]: JSON.stringify({ '0001-first.sql': sha256OfX }) },
    broken: [
      [{ [migration]: 'x' }, `${migration}:1: is new: add "0001-first.sql": "${sha256OfX}"`],
      [{ [migration]: 'y', [checksums]: `{ "0001-first.sql": "${sha256OfX}" }` }, `${migration}:1: has landed and`],
      [{ [checksums]: `{ "0001-first.sql": "${sha256OfX}" }` }, `${checksums}:1: 0001-first.sql is gone`],
      [{ 'server/storage/migrations/0002-second.sql': '' }, '0002-second.sql:1: expected the name 0001-'],
      [{ 'server/storage/migrations/0001.sql': '' }, '0001.sql:1: expected the name 0001-'],
    ],
  },
  'the lockfile serves every platform': {
    law: repositoryLaws.lockfileServesEveryPlatform,
    kept: {
      'package-lock.json': JSON.stringify({
        packages: { 'node_modules/a': { optionalDependencies: { b: '1' } }, 'node_modules/b': { resolved: 'server' } },
      }),
    },
    broken: [
      [
        { 'package-lock.json': '{ "packages": {\n"node_modules/a": { "optionalDependencies": { "b": "1" } } } }' },
        'package-lock.json:2: b is not locked',
      ],
      [
        { 'package-lock.json': '{ "packages": {\n"node_modules/a": { "resolved": "https://r.example/a.tgz" } } }' },
        'package-lock.json:2: names a registry',
      ],
    ],
  },
}

const filesOf = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).map(([path, text]) => ({ path, text }))

for (const [name, { law, kept, broken }] of Object.entries(statutes)) {
  test(`law: ${name}`, () => {
    const violations = law(repository)
    assert.equal(violations.length, 0, `\n${violations.join('\n')}\n`)
  })

  test(`the check of "${name}" finds each violation and nothing else`, () => {
    assert.deepEqual(law(filesOf(kept)), [])
    for (const [files, ...reports] of broken) {
      const violations = law(filesOf(files))
      assert.equal(violations.length, reports.length, `${JSON.stringify(files)}: ${violations.join('\n')}`)
      for (const [index, report] of reports.entries()) assert.ok(violations[index]?.includes(report), violations[index])
    }
  })
}

test('the laws look at every room, the migrations and the lockfile', () => {
  const rooms = ['api', 'pipeline', 'formats', 'storage', 'domain'].map((room) => `server/${room}/`)
  for (const start of [...rooms, migration.slice(0, -'first.sql'.length), 'package-lock.json', 'scripts/']) {
    assert.ok(
      repository.some(({ path }) => path.startsWith(start)),
      `${start} was not read`,
    )
  }
})
