/** What is wrong with a text that should be JSON. */
export interface JsonFault {
  /** Such as "Line 3, column 7: Expected ',' or '}' after property value." */
  readonly message: string
  /** Where, in characters from the start; null: the browser does not say. */
  readonly offset: number | null
}

/** null: it is JSON. */
export function findJsonFault(text: string): JsonFault | null {
  if (text.trim() === '') return { message: 'JSON is missing, such as {}.', offset: null }
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    return place(text, error instanceof Error ? error.message : String(error))
  }
}

/** Browsers tell the place in their own ways: by position, by line and column, or not at all. */
function place(text: string, told: string): JsonFault {
  const offset = offsetIn(text, told)
  const what = told.replace(/^JSON\.parse: /, '').replace(/,? (in JSON )?at (position|line) \d.*$/s, '')
  if (offset === null) return { message: `${what}.`, offset }
  const lines = text.slice(0, offset).split('\n')
  return { message: `Line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}: ${what}.`, offset }
}

function offsetIn(text: string, told: string): number | null {
  const position = /at position (\d+)/.exec(told)?.[1]
  if (position !== undefined) return Number(position)
  const [, line, column] = /at line (\d+) column (\d+)/.exec(told) ?? []
  if (line !== undefined && column !== undefined) {
    const before = text.split('\n').slice(0, Number(line) - 1)
    return before.reduce((sum, each) => sum + each.length + 1, 0) + Number(column) - 1
  }
  return /end of/i.test(told) ? text.length : null
}
