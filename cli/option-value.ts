import { InvalidArgumentError } from 'commander'

// What commander hands to these is what was typed; what they throw, it reports with the option's name.

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
const isoTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i

/** A duration such as `90s`, `2h` or `30d` in milliseconds; null: it is none. */
function readDuration(text: string): number | null {
  const [, amount, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  return amount === undefined ? null : Number(amount) * (units[unit] ?? 0) * 1_000
}

function readTime(text: string): Date | null {
  const date = new Date(isoTime.test(text) ? text : Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date
}

/** A time in the past: `2h` ago, or ISO 8601. */
export function pastTime(text: string): string {
  const duration = readDuration(text)
  const time = duration === null ? readTime(text) : new Date(Date.now() - duration)
  if (time === null) throw new InvalidArgumentError('It takes a time such as 2h (ago), 7d, or 2026-01-31T12:00:00Z.')
  return time.toISOString()
}

/** A time to come: in `30d`, or ISO 8601. */
export function futureTime(text: string): string {
  const duration = readDuration(text)
  const time = duration === null ? readTime(text) : new Date(Date.now() + duration)
  if (time === null) throw new InvalidArgumentError('It takes a time such as 30d (from now), or 2026-01-31T12:00:00Z.')
  return time.toISOString()
}

/** An id, or a name in its place, as the paths of the API take it. */
export function idOrSlug(text: string): string {
  if (!isName(text)) throw new InvalidArgumentError('It takes an id or a slug.')
  return text
}

export function isName(text: string): boolean {
  return /^[\w-]{1,200}$/.test(text)
}

export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It takes a whole number from 1 on.')
  return Number(text)
}

/** Names separated by commas. Commas in braces belong to a name: `deal.{created,updated},contact.*` are two. */
export function commaList(text: string): string[] {
  const names = text.split(/,(?![^{}]*\})/).map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('It takes names separated by commas.')
  return names
}

/** Some of a few words, separated by commas; what is sent is the same text. */
export function someOf(words: readonly string[]): (text: string) => string {
  return (text) => {
    if (text.split(',').every((word) => words.includes(word))) return text
    throw new InvalidArgumentError(`It takes some of these, separated by commas: ${words.join(', ')}.`)
  }
}

/** A status of HTTP. */
export function httpStatus(text: string): number {
  if (!/^[1-5]\d\d$/.test(text)) throw new InvalidArgumentError('It takes a status of HTTP, such as 500.')
  return Number(text)
}

/** For an option that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text]
}
