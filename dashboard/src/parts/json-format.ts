const indent = '  '
// A string, a bracket, a comma, a colon, or a number or word. What is between them is white space.
export const jsonTokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s"[\]{},:]+/g

/**
 * JSON on lines of their own, as JSON.stringify sets it, but with each number and string as it was written: parsed and
 * printed again, long numbers would lose digits.
 *
 * @param json valid JSON
 */
export function formatJson(json: string): string {
  let level = 0
  let text = ''
  let before = ''
  for (const [token] of json.matchAll(jsonTokens)) {
    const isEnd = token === '}' || token === ']'
    const isOpen = before === '{' || before === '['
    if (isEnd) level--
    if ((isOpen && !isEnd) || (isEnd && !isOpen) || before === ',') text += `\n${indent.repeat(level)}`
    if (token === '{' || token === '[') level++
    text += token === ':' ? ': ' : token
    before = token
  }
  return text
}
