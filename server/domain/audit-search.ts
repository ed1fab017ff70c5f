import type { AuditEntry } from './audit.ts'

// The search index holds one key per word and per thing that can be filtered for. All keys of an entry begin with the
// chain's number and the entry's segment, so that the index is asked for one segment at a time, from the newest on, and
// a page of common words is read from the newest few thousand entries, however many have them.

/** How many entries of a chain share a segment. */
export const segmentBits = 13

export interface AuditFilter {
  readonly actorId: string | null
  readonly category: string | null
  readonly action: string | null
  /** Each word of it must begin a word of the actor, the category, the action, the target or the description. */
  readonly text: string | null
}

const longestWord = 64
const mostWords = 400
const mostSearchedWords = 16
const word = /[\p{L}\p{N}\p{M}]+/gu

/** Stands for the beginning of the keys in a query that is made for any segment. */
export const anySegment = '\u0001'

function wordsOf(text: string): string[] {
  return (text.normalize('NFKC').toLowerCase().match(word) ?? []).map((each) => each.slice(0, longestWord))
}

/** The keys that an entry is found by, without what they begin with. */
export function searchKeys(
  entry: Pick<AuditEntry, 'actor' | 'target' | 'category' | 'action' | 'description'>,
): string[] {
  const { actor, target, category, action, description } = entry
  const texts = [actor.type, actor.id, actor.name, target.type, target.id, target.name, category, action, description]
  const words = new Set(texts.flatMap((text) => (text === null ? [] : wordsOf(text))))
  return [`=a:${actor.id}`, `=c:${category}`, `=x:${action}`, ...[...words].slice(0, mostWords)]
}

/**
 * The filter as terms of a tsquery of Postgres, all of which must hold, with `anySegment` where each key begins. None:
 * everything passes; null: nothing can.
 */
export function searchTerms({ actorId, category, action, text }: AuditFilter): string[] | null {
  const exact = [
    ...(actorId === null ? [] : [`=a:${actorId}`]),
    ...(category === null ? [] : [`=c:${category}`]),
    ...(action === null ? [] : [`=x:${action}`]),
  ]
  const words = text === null ? [] : [...new Set(wordsOf(text))].slice(0, mostSearchedWords)
  if (text !== null && text !== '' && words.length === 0) return null
  return [...exact.map((key) => quote(key)), ...words.map((key) => `${quote(key)}:*`)]
}

function quote(key: string): string {
  return `'${anySegment}${key.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
