const mostPatterns = 100
const longestPattern = 256
const mostNames = 100
const mostWildNames = 50
const mostStars = 4

/** The types that an endpoint wants, ready to be asked for each event; or the first pattern at fault and where in it. */
export type CompiledTypePatterns =
  | {
      readonly ok: true
      /** With their braces spelt out. None: every type. */
      readonly names: readonly string[]
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
  if (patterns.length === 0) return { ok: true, names: [], matches: () => true }
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
  const wanted = [...wild].map(readName)
  const names = [...exact, ...wild]
  return { ok: true, names, matches: (type) => exact.has(type) || (wanted.length > 0 && matchesAny(wanted, type)) }
}

// One event is asked about at many endpoints in a row, and taking its type apart costs more than a match.
let lastType = ''
let lastSegments: readonly string[] = []

function matchesAny(wanted: readonly WildName[], type: string): boolean {
  if (type !== lastType) {
    lastSegments = type.split('.')
    lastType = type
  }
  for (const name of wanted) if (matchesName(name, lastSegments)) return true
  return false
}

/** A segment with *: what must stand before and after it. Without one: the segment itself. */
type WildSegment = string | { readonly before: string; readonly after: string }

/** A name with stars; `tail` is what follows its **, null without one. */
interface WildName {
  readonly head: readonly WildSegment[]
  readonly tail: readonly WildSegment[] | null
}

/**
 * Not a regular expression, on purpose: tenants may have tens of thousands of these names between them, each event of a
 * new type asks them all, and the engine compiles each expression at its first use.
 */
function readName(name: string): WildName {
  const segments = name.split('.')
  const globstar = segments.indexOf('**')
  if (globstar < 0) return { head: segments.map(readSegment), tail: null }
  return { head: segments.slice(0, globstar).map(readSegment), tail: segments.slice(globstar + 1).map(readSegment) }
}

function readSegment(segment: string): WildSegment {
  const star = segment.indexOf('*')
  return star < 0 ? segment : { before: segment.slice(0, star), after: segment.slice(star + 1) }
}

function matchesName({ head, tail }: WildName, segments: readonly string[]): boolean {
  const fixed = head.length + (tail?.length ?? 0)
  if (tail === null ? segments.length !== fixed : segments.length < fixed) return false
  if (!matchSegments(head, segments, 0)) return false
  return tail === null || matchSegments(tail, segments, segments.length - tail.length)
}

function matchSegments(wanted: readonly WildSegment[], segments: readonly string[], from: number): boolean {
  for (let index = 0; index < wanted.length; index++) {
    const want = wanted[index] as WildSegment
    const segment = segments[from + index] as string
    if (typeof want === 'string' ? want !== segment : !fits(want, segment)) return false
  }
  return true
}

function fits({ before, after }: Exclude<WildSegment, string>, segment: string): boolean {
  const long = segment.length >= before.length + after.length
  return long && segment.startsWith(before) && segment.endsWith(after)
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
 * What is left of a pattern when its braces are spelt out. A name has one ** at most and few *, one to a segment, so that
 * there is one way only in which it can match, and nothing to try.
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
