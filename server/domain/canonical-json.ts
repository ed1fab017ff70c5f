/**
 * A JSON value in the one form that everybody derives from it: RFC 8785 (JCS). Members are sorted by their names' UTF-16
 * units, numbers and strings are written as ECMAScript writes them, and there is no space.
 * Only for what JSON.parse gives: anything else has no such form.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = value as Readonly<Record<string, unknown>>
  const names = Object.keys(members).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(members[name])}`).join()}}`
}

const longNumber = /\d{16}/

/**
 * The path of the first whole number in a JSON text that a double cannot hold, which would therefore be changed by
 * reading it; null: there is none.
 */
export function inexactNumber(json: string): string | null {
  if (!longNumber.test(json)) return null
  let found: string | null = null
  JSON.parse(json, (key: string, value: unknown, context?: { readonly source?: string }) => {
    if (typeof value !== 'number' || found !== null) return value
    const isWhole = /^-?\d+$/.test(context?.source ?? '')
    if (isWhole && !Number.isSafeInteger(value)) found = key
    return value
  })
  return found
}
