import type { Endpoint } from '../domain/endpoint.ts'

/** Something that can be set about the requests of a profile. */
export interface BatchOption {
  /** For people: what it does. */
  readonly meaning: string
  /** For people: what holds without it. */
  readonly fallback: string
  /** What is wrong with a value, in words that follow the name; null: nothing. */
  judge(value: unknown): string | null
}

export type BatchOptions = Readonly<Record<string, BatchOption>>
type Given = Endpoint['options']

const longestText = 200
const mostEntries = 10

/** RFC 9110 §8.3.1: type, subtype, and parameters without quotes. */
const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?: ?; ?[\w!#$%&'*+.^`|~-]+=[\w!#$%&'*+.^`|~-]+)*$/
const plainText = /^\P{Cc}+$/u
/** What every server reads alike in a header: visible ASCII, with spaces inside only. */
const headerText = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

function option(meaning: string, fallback: string, must: string, isGood: (value: unknown) => boolean): BatchOption {
  return { meaning, fallback, judge: (value) => (isGood(value) ? null : `must be ${must}`) }
}

function isText(value: unknown, form: RegExp, most = longestText): value is string {
  return typeof value === 'string' && value.length <= most && value.isWellFormed() && form.test(value)
}

export function textOption(meaning: string, fallback: string): BatchOption {
  const must = `a text of 1 to ${longestText} characters on one line`
  return option(meaning, fallback, must, (value) => isText(value, plainText))
}

/** A text of the form that its receiver takes. */
export function nameOption(meaning: string, fallback: string, form: RegExp, must: string): BatchOption {
  return option(meaning, fallback, must, (value) => isText(value, form))
}

/** A text that goes into a header. */
export function headerOption(meaning: string, fallback: string): BatchOption {
  const must = `1 to ${longestText} characters of ASCII, without a space at either end`
  return option(meaning, fallback, must, (value) => isText(value, headerText))
}

export function mediaTypeOption(fallback: string): BatchOption {
  const isGood = (value: unknown) => isText(value, mediaType, 128)
  return option('the media type that is declared', `\`${fallback}\``, 'a media type, such as application/json', isGood)
}

export function switchOption(meaning: string, fallback: boolean): BatchOption {
  return option(meaning, `\`${fallback}\``, 'true or false', (value) => typeof value === 'boolean')
}

/** Names of this form, each with a text; `taken` are set by the format itself. */
export function textsOption(meaning: string, form: RegExp, must: string, taken: readonly string[]): BatchOption {
  const isGood = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length <= mostEntries &&
    Object.entries(value).every(
      ([name, text]) => !taken.includes(name) && isText(name, form) && isText(text, plainText),
    )
  const without = taken.length === 0 ? '' : `, but not ${taken.join(' or ')}`
  return option(meaning, 'none', `an object of at most ${mostEntries} texts, named ${must}${without}`, isGood)
}

/** The value of an option that is a text; null: it is not set. */
export function textOf(options: Given, name: string): string | null {
  const value = options[name]
  return typeof value === 'string' ? value : null
}

/** The value of an option that has texts by name. */
export function textsOf(options: Given, name: string): Readonly<Record<string, string>> {
  const value = options[name]
  return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {}
}
