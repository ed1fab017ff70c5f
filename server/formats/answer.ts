import { goneStatus, type Judgement, judgeStatus, type Outcome } from '../domain/attempt.ts'

const longestDetail = 200

export const accepted: Judgement = { outcome: 'success', error: null, detail: null }

/** The status alone would have been a success, or the body says more than the status. */
export function rejected(outcome: Exclude<Outcome, 'success'>, detail: string): Judgement {
  return { outcome, error: 'response_rejected', detail }
}

/**
 * For collectors whose answer has one meaning only with one status: any other success is that of somebody else, such as
 * a proxy's login page.
 *
 * @param isHopeless says of a status from 400 on whether sending the same again would change nothing; of 410 it is not
 *   asked: the endpoint is paused, and everything waits
 */
export function judgeExactly(
  status: number,
  wanted: number,
  isHopeless: (status: number) => boolean = () => false,
): Judgement {
  if (status === wanted) return accepted
  const judgement = judgeStatus(status)
  if (judgement.outcome === 'success') return rejected('retry', `the endpoint answered ${status}, not ${wanted}`)
  return status >= 400 && status !== goneStatus && isHopeless(status) ? { ...judgement, outcome: 'give_up' } : judgement
}

/** The object that an answer is; null: it is none. */
export function readObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const answer: unknown = JSON.parse(body)
    return isObject(answer) ? answer : null
  } catch {
    return null
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The beginning of a receiver's words, without what no log can show and Postgres cannot store; '': it said nothing. */
export function quote(words: unknown): string {
  if (typeof words !== 'string' || words.trim() === '') return ''
  const text = words.slice(0, longestDetail).replace(/\p{Cc}/gu, ' ')
  return `: ${text.toWellFormed()}`
}
