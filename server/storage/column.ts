// The hot statements take a group as one array per column. These write the array literals of Postgres (§8.15.6 of its
// manual) several times faster than the client library, which cannot know that a uuid needs no quotes.

type Plain = string | number | boolean | null

/** An array of values without characters that array literals give a meaning to: uuids, numbers, booleans, labels. */
export function plainColumn(values: readonly Plain[]): string {
  let literal = ''
  for (const value of values) literal += literal === '' ? (value ?? 'null') : `,${value ?? 'null'}`
  return `{${literal}}`
}

/** An array of times, in UTC. */
export function timeColumn(values: readonly (Date | null)[]): string {
  // Many rows of a group are of the same millisecond, and writing a time out costs more than the rest of its column.
  let last = Number.NaN
  let text = ''
  return plainColumn(
    values.map((value) => {
      if (value === null) return null
      if (value.getTime() !== last) {
        last = value.getTime()
        text = value.toISOString()
      }
      return text
    }),
  )
}

/** An array of any texts. U+0000 is refused by Postgres. */
export function textColumn(values: readonly (string | null)[]): string {
  let literal = ''
  for (const value of values) {
    if (literal !== '') literal += ','
    literal += value === null ? 'null' : `"${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`
  }
  return `{${literal}}`
}

/**
 * Long texts as one value: their UTF-8 bytes one after the other, with the offset (from 1) and the length of each.
 * A JSON text in an array literal would have each of its quotes escaped here and unescaped there.
 */
export function packTexts(values: readonly string[]): { bytes: Buffer; offsets: number[]; lengths: number[] } {
  const lengths = values.map((value) => Buffer.byteLength(value))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, 0))
  const offsets: number[] = []
  let end = 0
  for (const value of values) {
    offsets.push(end + 1)
    end += bytes.write(value, end)
  }
  return { bytes, offsets, lengths }
}
