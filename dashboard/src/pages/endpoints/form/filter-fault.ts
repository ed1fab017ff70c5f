/** The line of the expression at which the API found the fault, with a mark below the place; null: it names none. */
export function pointAt(expression: string, message: string): string | null {
  const [, line = '', column = ''] = /at line (\d+), column (\d+)/.exec(message) ?? []
  const text = expression.split('\n')[Number(line) - 1]
  if (text === undefined) return null
  // A tab is as wide below as above.
  const before = text.slice(0, Number(column) - 1).replaceAll(/[^\t]/g, ' ')
  return `${text}\n${before}^`
}
