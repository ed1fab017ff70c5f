import { compileTypePatterns } from '../domain/type-pattern.ts'

const segment = '[^.]+'

/**
 * Type patterns as one regular expression of Postgres, for the type of a row: `null` for none, which means all types. It
 * says what `compileTypePatterns` says, which has accepted them, and without groups to remember it takes one pass.
 */
export function typeExpression(patterns: readonly string[]): string | null {
  if (patterns.length === 0) return null
  const compiled = compileTypePatterns(patterns)
  if (!compiled.ok) throw new RangeError(`${patterns[compiled.index]} is no type pattern: ${compiled.reason}`)
  return `^(?:${compiled.names.map(nameExpression).join('|')})$`
}

/** The same for one pattern or none, where most are plain names: `[name, expression]`, of which one is null at least. */
export function typeOrExpression(pattern: string | null): [name: string | null, expression: string | null] {
  if (pattern === null) return [null, null]
  return /[*{]/.test(pattern) ? [null, typeExpression([pattern])] : [pattern, null]
}

function nameExpression(name: string): string {
  const [head = '', tail] = name.split('**').map((part) => part.replaceAll('.', '\\.').replaceAll('*', '[^.]*'))
  if (tail === undefined) return head
  if (head === '') return tail === '' ? `${segment}(?:\\.${segment})*` : `(?:${segment}\\.)*${tail.slice('\\.'.length)}`
  // Beside ** stands a dot on either side, of which one goes when it stands for nothing.
  return `${head.slice(0, -'\\.'.length)}(?:\\.${segment})*${tail}`
}
