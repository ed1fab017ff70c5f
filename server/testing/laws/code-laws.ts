import { importsOf, isIn, isSource, isTest, type Law, sourceOf, violation, violationsInCode } from './repository.ts'

const sqlStatement = new RegExp(
  [
    String.raw`^\s*select\s[\s\S]*\sfrom\s`,
    String.raw`^\s*insert\s+into\s`,
    String.raw`^\s*update\s+\S+\s+(?:\w+\s+)?set\s`,
    String.raw`^\s*delete\s+from\s`,
    String.raw`^\s*with\s[\s\S]+\sas\s+(?:(?:not\s+)?materialized\s+)?\(`,
    String.raw`^\s*(?:create|alter|drop|truncate)\s+(?:table|index|unique\s+index|database)\s`,
  ].join('|'),
  'i',
)

/** Outside storage only tests may look into the database, to prove what was stored. */
export const sqlStaysInStorage: Law = (files) =>
  files
    .filter((file) => isSource(file) && isIn(file, 'server') && !isTest(file))
    .filter((file) => !isIn(file, 'server/storage', 'server/testing'))
    .flatMap((file) => {
      const advice = 'SQL belongs to server/storage: add a function there, one per statement.'
      const client = importsOf(file).filter(({ from }) => from === 'pg')
      const statements = sourceOf(file).strings.filter(({ text }) => sqlStatement.test(text))
      return [
        ...client.map(({ offset }) => violation(file, offset, `imports pg: ${advice}`)),
        ...statements.map(({ start }) => violation(file, start, `an SQL statement: ${advice}`)),
        ...violationsInCode(file, /\.query(?:<[^()]*>)?\(/g, advice),
      ]
    })

// The second guards every connection, and the third cannot make one without it.
const senders = ['server/pipeline/deliver.ts', 'server/pipeline/target-connector.ts', 'server/pipeline/timed-client.ts']

// Types send nothing, and neither do the classes of undici's errors.
const harmlessImport = /^type\b|^\{\s*(?:(?:type\s+\w+|errors),?\s*)+\}$/

export const requestsToTargetsStayInDeliver: Law = (files) =>
  files
    .filter((file) => isSource(file) && isIn(file, 'server') && !isTest(file))
    .filter((file) => !isIn(file, 'server/testing') && !senders.includes(file.path))
    .flatMap((file) => {
      const advice = 'requests to targets go out in server/pipeline/deliver.ts only, behind the target guard.'
      const clients = importsOf(file).filter(({ from, names }) => from === 'undici' && !harmlessImport.test(names))
      return [
        ...clients.map(({ offset }) => violation(file, offset, `imports undici: ${advice}`)),
        ...violationsInCode(file, /(?<![.\w])fetch\(|\bhttps?\.(?:request|get)\(/g, advice),
      ]
    })

const sdkSource = 'sdk/typescript/src'

/** It runs in browsers and workers too, and whoever installs it installs nothing else. */
export const sdkStandsAlone: Law = (files) =>
  files
    .filter((file) => isSource(file) && isIn(file, sdkSource) && !isTest(file))
    .flatMap((file) =>
      importsOf(file)
        .filter(({ from }) => !isIn(from, sdkSource))
        .map(({ offset, from }) => violation(file, offset, `imports ${from}: the SDK has Web APIs and itself only.`)),
    )

const surroundings = new RegExp(
  [
    String.raw`\bDate\.now\(`,
    String.raw`\bnew Date\(\s*\)`,
    String.raw`(?<!new |[.\w])Date\(`,
    String.raw`\bperformance\.now\b`,
    String.raw`\bMath\.random\b`,
    String.raw`\bprocess\.(?:hrtime|env)\b`,
    String.raw`\bcrypto\.(?:random\w+|getRandomValues)\b`,
    String.raw`(?<![.\w])(?:setTimeout|setInterval|setImmediate|randomBytes|randomUUID|randomInt|uuidv7)\(`,
  ].join('|'),
  'g',
)

const surroundingModule =
  /^(?:pg|undici|node:(?:fs|dns|http|https|http2|tls|dgram|child_process|timers|worker_threads)(?:\/.*)?)$/

export const domainIsPure: Law = (files) =>
  files
    .filter((file) => isSource(file) && isIn(file, 'server/domain', 'server/formats', 'cli/view') && !isTest(file))
    .flatMap((file) => {
      const advice = 'domain, formats and views have no clock, chance or I/O of their own: take it as an argument.'
      const modules = importsOf(file).filter(({ from }) => surroundingModule.test(from))
      return [
        ...violationsInCode(file, surroundings, advice),
        ...modules.map(({ offset, from }) => violation(file, offset, `imports ${from}: ${advice}`)),
      ]
    })
