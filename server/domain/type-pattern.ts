import picomatch from 'picomatch'

const mostPatterns = 100
const longestPattern = 256
const mostNames = 100
const mostWildNames = 50
const mostStars = 4

/** The types that an endpoint wants, ready to be asked for each event; or the first pattern at fault and where in it. */
export type CompiledTypePatterns =
  | {
      readonly ok: true
      /** Whether one of the patterns matches this event type, a name as `deal.created`. */
      matches(type: string): boolean
    }
  | { readonly ok: false; readonly index: number; readonly position: number; readonly reason: string }

/**
 * Compiles the `types` of an endpoint. A pattern is an exact name (`deal.created`) or has `*` for any characters of one
 * segment (`deal.*` is not `deal.item.added`), `**` for any number of whole segments, none included, and braces for
 * alternatives (`deal.{created,updated}`), nested or not. An empty list matches every type.
 * At most 100 patterns of 256 characters. Braces may stand for 100 names in a pattern; 50 names of the list may have
 * stars, each name one ** and four *.
 */
export function compileTypePatterns(patterns: readonly string[]): CompiledTypePatterns {
  if (patterns.length === 0) return { ok: true, matches: () => true }
  const exact = new Set<string>()
  const wild = new Set<string>()
  for (const [index, pattern] of patterns.entries()) {
    const fault =
      index < mostPatterns ? faultOf(pattern) : { position: 0, reason: `more than ${mostPatterns} patterns` }
    if (fault) return { ok: false, index, ...fault }
    const names = expand(pattern)
    if (names === null) return { ok: false, index, position: 0, reason: `stands for more than ${mostNames} names` }
    for (const name of names) {
      const reason = faultOfName(name)
      if (reason) return { ok: false, index, position: 0, reason }
      if (name.includes('*')) wild.add(name)
      else exact.add(name)
    }
    if (wild.size > mostWildNames) {
      return { ok: false, index, position: 0, reason: `more than ${mostWildNames} names with * in all patterns` }
    }
  }
  const expressions = [...wild].flatMap(expressionsOf)
  return { ok: true, matches: (type) => exact.has(type) || (expressions.length > 0 && matchesAny(expressions, type)) }
}

// One event is asked about at many endpoints in a row, and the path costs more than a match.
let lastType = ''
let lastPath = ''

function matchesAny(expressions: readonly RegExp[], type: string): boolean {
  if (type !== lastType) {
    lastPath = type.replaceAll('.', '/')
    lastType = type
  }
  for (const expression of expressions) if (expression.test(lastPath)) return true
  return false
}

/**
 * picomatch's segments are those of a path. Only names and stars reach it, so no other part of its syntax applies.
 * Its ** at the end stands for no segment after some patterns and not after others; strictSlashes and the shorter
 * pattern beside it make that always.
 */
function expressionsOf(name: string): RegExp[] {
  const names = name.endsWith('.**') ? [name, name.slice(0, -3)] : [name]
  const options = { dot: true, strictSlashes: true, windows: false }
  return names.map((each) => picomatch.makeRe(each.replaceAll('.', '/'), options))
}

interface Fault {
  readonly position: number
  readonly reason: string
}

function faultOf(pattern: string): Fault | null {
  if (pattern === '') return { position: 0, reason: 'empty' }
  if (pattern.length > longestPattern) {
    return { position: longestPattern, reason: `more than ${longestPattern} characters` }
  }
  const illegal = pattern.search(/[^a-z0-9_.*{},-]/)
  if (illegal >= 0) return { position: illegal, reason: 'only a-z 0-9 _ - . * and {,} are allowed' }
  const opened: number[] = []
  for (let position = 0; position < pattern.length; position++) {
    const character = pattern[position]
    if (character === '{') opened.push(position)
    else if (character === '}' && opened.pop() === undefined) return { position, reason: '} without {' }
    else if (character === ',' && opened.length === 0) return { position, reason: 'a comma belongs inside { }' }
  }
  const unclosed = opened.pop()
  return unclosed === undefined ? null : { position: unclosed, reason: '{ without }' }
}

/**
 * What is left of a pattern when its braces are spelt out. A name has one ** at most and few *, one to a segment, since
 * more of them make the regular expression try every division of a hostile type among them.
 */
function faultOfName(name: string): string | null {
  let stars = 0
  let globstars = 0
  for (const segment of name.split('.')) {
    if (segment === '') return 'has an empty segment'
    if (segment === '**') globstars++
    else if (segment.includes('**')) return '** must be a whole segment'
    else if (segment.indexOf('*') !== segment.lastIndexOf('*')) return 'has more than one * in a segment'
    else if (segment.includes('*')) stars++
  }
  if (globstars > 1) return 'has more than one **'
  return stars > mostStars ? `has more than ${mostStars} *` : null
}

/** Every name that a pattern with balanced braces stands for; null when there are too many. */
function expand(pattern: string): string[] | null {
  const open = pattern.indexOf('{')
  if (open < 0) return [pattern]
  const alternatives: string[] = []
  let depth = 1
  let start = open + 1
  let position = start
  for (; depth > 0; position++) {
    const character = pattern[position]
    if (character === '{') depth++
    if (character === '}') depth--
    if ((character === ',' && depth === 1) || depth === 0) {
      alternatives.push(pattern.slice(start, position))
      start = position + 1
    }
  }
  const tails = expand(pattern.slice(position))
  if (tails === null) return null
  const names: string[] = []
  for (const alternative of alternatives) {
    const middles = expand(alternative)
    if (middles === null || names.length + middles.length * tails.length > mostNames) return null
    for (const middle of middles) for (const tail of tails) names.push(pattern.slice(0, open) + middle + tail)
  }
  return names
}
