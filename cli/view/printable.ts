const controls = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

function spell(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}

/**
 * A text of strangers as it may stand in a line of a terminal: what would move the cursor, change colours or turn the
 * direction of writing is spelt out.
 */
export function printable(text: string): string {
  return text.replace(controls, spell)
}
