import { nearest } from '../nearest.ts'
import { UsageError } from '../usage-error.ts'

/**
 * Looks for slips in the event types that are listened for. One that the catalog lacks may be meant all the same, since
 * others can be published: it is only refused where a name of the catalog is near.
 *
 * @returns those that the catalog lacks and nothing is near to
 */
export function unlistedTypes(patterns: readonly string[], names: readonly string[]): readonly string[] {
  const groups = [...new Set(names.map((name) => name.split('.', 1)[0] ?? ''))]
  return patterns.filter((pattern) => {
    const [, group] = /^([^.*{}?[\]!]+)\.\*+$/.exec(pattern) ?? []
    if (group !== undefined) return isUnlisted(group, groups, (meant) => `${pattern.replace(group, meant)}`, pattern)
    return !/[*{}?[\]!]/.test(pattern) && isUnlisted(pattern, names, (meant) => meant, pattern)
  })
}

function isUnlisted(
  name: string,
  known: readonly string[],
  spell: (meant: string) => string,
  pattern: string,
): boolean {
  if (known.includes(name)) return false
  const meant = nearest(name, known)
  if (meant === null) return true
  throw new UsageError(`--events: there is no event type "${pattern}"; did you mean ${spell(meant)}?`)
}
