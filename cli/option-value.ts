import { InvalidArgumentError } from 'commander'

/** Names separated by commas. Commas in braces belong to a name: `deal.{created,updated},contact.*` are two. */
export function commaList(text: string): string[] {
  const names = text.split(/,(?![^{}]*\})/).map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('It takes names separated by commas.')
  return names
}

/** For an option that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text]
}
