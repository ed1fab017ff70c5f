/** A string or template of a source; each `${…}` of a template stands as spaces in it. */
interface SourceString {
  readonly start: number
  readonly text: string
}

/** A TypeScript source in views that keep every line and column where it was. */
export interface SourceText {
  /** Without comments. */
  readonly uncommented: string
  /** Without comments and without the content of strings, templates and regular expressions. */
  readonly code: string
  readonly strings: readonly SourceString[]
}

// What a regular expression may follow; after anything else a slash divides.
const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|await))\s*$/

const regexLiteral = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//y

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

/** Splits a source into code, strings and comments, so that a word in a comment is not taken for a statement. */
export function parseSource(source: string): SourceText {
  let uncommented = ''
  let code = ''
  const strings: SourceString[] = []
  let at = 0

  function take(length: number, kind: 'code' | 'string' | 'comment') {
    const piece = source.slice(at, at + length)
    at += length
    uncommented += kind === 'comment' ? blank(piece) : piece
    code += kind === 'code' ? piece : blank(piece)
  }

  function takeString(quote: string) {
    const start = at
    let text = ''
    take(1, 'code')
    while (at < source.length && source[at] !== quote) {
      const from = at
      if (quote === '`' && source.startsWith('${', at)) {
        take(2, 'code')
        takeCode('}')
        take(1, 'code')
        text += blank(source.slice(from, at))
      } else {
        take(source[at] === '\\' ? 2 : 1, 'string')
        text += source.slice(from, at)
      }
    }
    take(1, 'code')
    strings.push({ start, text })
  }

  function takeComment(end: string) {
    const found = source.indexOf(end, at)
    take((found < 0 ? source.length : found + end.length) - at, 'comment')
  }

  function takeRegex(): boolean {
    regexLiteral.lastIndex = at
    const literal = beforeRegex.test(code.slice(-40)) ? regexLiteral.exec(source) : null
    if (literal) take(literal[0].length, 'string')
    return literal !== null
  }

  /** Takes code to the end, or up to the brace that closes one opened before it. */
  function takeCode(end?: '}') {
    let depth = 0
    while (at < source.length) {
      const character = source[at] as string
      if (character === end && depth === 0) return
      if (character === '{') depth++
      if (character === '}') depth--
      if (source.startsWith('//', at)) takeComment('\n')
      else if (source.startsWith('/*', at)) takeComment('*/')
      else if (`'"\``.includes(character)) takeString(character)
      else if (character !== '/' || !takeRegex()) take(1, 'code')
    }
  }

  takeCode()
  return { uncommented, code, strings }
}
