type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** Headers as they are kept in the delivery log: a line each, `Name: value`, repeated names on lines of their own. */
export function toHeaderLines(headers: Headers): string {
  let lines = ''
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string') lines += lines === '' ? `${name}: ${value}` : `\n${name}: ${value}`
    else for (const each of value ?? []) lines += lines === '' ? `${name}: ${each}` : `\n${name}: ${each}`
  }
  return lines
}

/** The headers of these lines; a repeated name has a list. */
export function fromHeaderLines(lines: string): Record<string, string | string[]> {
  // Names come from receivers: without a prototype, `__proto__` is a name like any other.
  const headers: Record<string, string | string[]> = Object.create(null)
  for (const line of lines === '' ? [] : lines.split('\n')) {
    const colon = line.indexOf(': ')
    const name = line.slice(0, colon)
    const value = line.slice(colon + 2)
    const known = headers[name]
    headers[name] = known === undefined ? value : [known, value].flat()
  }
  return headers
}
