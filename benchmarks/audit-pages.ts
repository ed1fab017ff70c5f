import { builtInActions } from '../server/domain/audit-actions.ts'
import { actorCount, actorId, vocabulary, word } from './audit-content.ts'

/** What somebody asks of a log, and what every entry of the answer must have. */
export interface AuditSearch {
  readonly query: Readonly<Record<string, string>>
  passes(entry: FoundEntry): boolean
}

export interface FoundEntry {
  readonly sequence: number
  readonly category: string
  readonly action: string
  readonly actor: { readonly id: string; readonly name: string }
  readonly target: { readonly type: string; readonly name: string }
  readonly description: string
  readonly occurred_at: string
}

/** Searches of one kind: the same question about different things. */
export interface SearchKind {
  readonly what: string
  /** Whether there is something to be found. */
  readonly found: boolean
  make(): AuditSearch
}

const hour = 3_600_000

const between = (from: number, to: number): number => from + Math.floor(Math.random() * (to - from + 1))
const textOf = ({ description, target, actor, category, action }: FoundEntry): string[] =>
  `${description} ${target.type} ${target.name} ${actor.name} ${category} ${action}`.split(/[ ._]/)
const words = (...texts: readonly string[]): AuditSearch => ({
  query: { q: texts.join(' ') },
  passes: (entry) => texts.every((text) => textOf(entry).some((word) => word.startsWith(text))),
})
/** The cursor of a page that goes on below this sequence. */
const below = (sequence: number): string => Buffer.from(String(sequence), 'latin1').toString('base64url')

/**
 * The kinds of searches that are measured on a log of that many entries, evenly spread over that time.
 */
export function searchKinds({ count, from, until }: { count: number; from: Date; until: Date }): SearchKind[] {
  const middle = (from.getTime() + until.getTime()) / 2
  const anHour = (): { since: string; until: string } => {
    const since = middle + between(-48, 48) * hour
    return { since: new Date(since).toISOString(), until: new Date(since + hour).toISOString() }
  }
  const inTime = ({ since, until }: { since: string; until: string }, { occurred_at: at }: FoundEntry): boolean =>
    at >= since && at < until
  const deep = (search: AuditSearch): AuditSearch => {
    const cursor = count / 2 + between(-10_000, 10_000)
    const passes = (entry: FoundEntry) => entry.sequence < cursor && search.passes(entry)
    return { query: { ...search.query, cursor: below(cursor) }, passes }
  }
  // Of ten million entries several hundred have such a word. In a short log it may be too rare to occur.
  const rare = (): number => between(Math.min(5_000, count / 200), Math.min(vocabulary, count / 100))
  const everything: AuditSearch = { query: {}, passes: () => true }
  return [
    { what: 'no filter', found: true, make: () => everything },
    { what: 'no filter, half-way down', found: true, make: () => deep(everything) },
    { what: 'a word of every entry', found: true, make: () => words('resource') },
    { what: 'a word of every third entry', found: true, make: () => words(word(between(1, 2))) },
    { what: 'the same half-way down', found: true, make: () => deep(words(word(between(1, 2)))) },
    {
      what: 'two words of every sixth entry',
      found: true,
      make: () => words(word(between(2, 4)), word(between(5, 7))),
    },
    { what: 'a word of every hundredth entry', found: true, make: () => words(word(between(50, 100))) },
    { what: 'a rare word', found: true, make: () => words(word(rare())) },
    { what: 'a rare word and a common one', found: true, make: () => words(word(rare()), word(1)) },
    {
      what: 'the first three letters of a word',
      found: true,
      make: () => words(word(between(500, 5_000)).slice(0, 3)),
    },
    {
      what: 'an actor',
      found: true,
      make() {
        const id = actorId(between(100, actorCount))
        return { query: { actor: id }, passes: ({ actor }) => actor.id === id }
      },
    },
    {
      what: 'a category with an action',
      found: true,
      make() {
        const { category, action } = builtInActions[between(0, builtInActions.length - 1)] as (typeof builtInActions)[0]
        const passes = (entry: FoundEntry) => entry.category === category && entry.action === action
        return { query: { action: `${category}.${action}` }, passes }
      },
    },
    {
      what: 'an hour in the middle',
      found: true,
      make() {
        const time = anHour()
        return { query: time, passes: (entry) => inTime(time, entry) }
      },
    },
    {
      what: 'a word in an hour in the middle',
      found: true,
      make() {
        const time = anHour()
        const search = words(word(between(1, 50)))
        return { query: { ...search.query, ...time }, passes: (entry) => inTime(time, entry) && search.passes(entry) }
      },
    },
    { what: 'a word that does not occur', found: false, make: () => words(`${word(between(1, vocabulary))}x`) },
    { what: 'two words that never occur together', found: false, make: () => words('workspace', 'member') },
  ]
}
