import { builtInActions } from '../server/domain/audit-actions.ts'

// What the entries of the audit scenario say. The words are made up; how often each occurs is that of a language: the
// second one half as often as the first, the hundredth a hundredth as often.

/** How many different words descriptions are made of. */
export const vocabulary = 20_000
/** How many words a description has. */
export const descriptionWords = 7
export const actorCount = 3_000
export const targetCount = 500_000

/** The word of this rank is `letters[d]` for each hexadecimal digit d of `rank * wordStep % wordRange`. */
export const letters = 'abdefgiklmnoprst'
export const wordStep = 7_919_471
export const wordRange = 2 ** 24

export function word(rank: number): string {
  const digits = ((rank * wordStep) % wordRange).toString(16)
  return Array.from(digits, (digit) => letters[Number.parseInt(digit, 16)]).join('')
}

/** One of 1 to `count`, the lower the more often. */
function rank(count: number): number {
  return Math.floor(Math.exp(Math.random() * Math.log(count + 1)))
}

export function actorId(actor: number): string {
  return `usr_${String(actor).padStart(5, '0')}`
}

/** A person's name: a first name that others have too, and a family name that few share. */
function actorNameRanks(actor: number): readonly [number, number] {
  return [vocabulary + (actor % 200), vocabulary + 200 + Math.floor(actor / 3)]
}

/** An entry as a product records it. */
export function randomEntry(): object {
  const actor = rank(actorCount)
  const { category, action } = builtInActions[rank(builtInActions.length) - 1] as (typeof builtInActions)[number]
  const words = Array.from({ length: descriptionWords }, () => word(rank(vocabulary)))
  return {
    category,
    action,
    actor: { type: 'user', id: actorId(actor), name: actorNameRanks(actor).map(word).join(' '), ip: '192.0.2.7' },
    target: { type: 'resource', id: `res_${Math.ceil(Math.random() * targetCount)}`, name: word(rank(vocabulary)) },
    description: `${words.join(' ')}.`,
    metadata: {
      request: 'req_01htrkd4qpe3zb4y1mkfa5v5p8',
      change: { field: 'role', before: 'member', after: 'admin' },
    },
  }
}
