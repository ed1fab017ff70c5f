import type { Judgement } from './attempt.ts'

/**
 * What a request that carried several deliveries came to as a whole: what they all came to, or else a retry if any of
 * them is to be retried. `judgements` has one for each delivery, at least one.
 */
export function judgementOfAll(judgements: readonly Judgement[]): Judgement {
  const [any] = judgements
  if (!any) throw new RangeError('a batch carries at least one delivery')
  if (judgements.every((judgement) => isSame(judgement, any))) return any
  const failed = judgements.filter(({ outcome }) => outcome !== 'success')
  const [first] = failed
  // Accepted all of them, with different remarks.
  if (!first) return { outcome: 'success', error: null, detail: null }
  const { error, detail } = first
  const outcome = failed.some((judgement) => judgement.outcome === 'retry') ? 'retry' : 'give_up'
  const of = `${failed.length} of ${judgements.length} events were not accepted`
  return { outcome, error, detail: detail === null ? of : `${of}; the first: ${detail}` }
}

/** Whether a delivery came to the same as another one, or as its whole batch. */
export function isSame(one: Judgement, other: Judgement): boolean {
  return one === other || (one.outcome === other.outcome && one.error === other.error && one.detail === other.detail)
}
