import type { EndpointFailure } from './endpoint.ts'

/**
 * dead_letters: deliveries were given up. paused: the endpoint was paused, since nothing succeeded meanwhile.
 * gone: it was paused since it answered 410.
 */
export type AlertReason = 'dead_letters' | 'paused' | 'gone'

/** recovered: something succeeded after the last trouble. closed: the endpoint was deleted. */
export const alertStates = ['open', 'recovered', 'closed'] as const
export type AlertState = (typeof alertStates)[number]

/** A period in which an endpoint is in trouble. */
export interface Alert {
  readonly id: string
  readonly workspaceId: string
  readonly endpointId: string
  readonly state: AlertState
  readonly reason: AlertReason
  readonly openedAt: Date
  readonly endedAt: Date | null
  /** 1, and one more for each time that it recovered and was in trouble again soon. */
  readonly timesOpened: number
  /** Deliveries that became dead letters in this time. */
  readonly deadLettered: number
  /** The endpoint's last failures at the last trouble, the newest first. */
  readonly failures: readonly EndpointFailure[]
}

/** Trouble again within this time after the recovery, or after a mail, belongs to the same alert. */
export const sameTroubleMs = 3_600_000

/** How often a mail tells of an endpoint's trouble at most. */
export const mailPauseMs = 3_600_000

/** What belongs to the same failure comes within this time of it: the pause, and further dead letters. */
export const settlingMs = 5_000

/** How many alerts of a workspace are told in the time of `mailPauseMs` at most; the others wait. */
export const mostAlertsMailed = 60

/** Of an alert that is over nobody need hear any more when it ended longer ago than this. */
export const newsLastsMs = 24 * 3_600_000

export type MailKind = 'opened' | 'digest' | 'recovered'

/** What there is to tell about an alert that has something untold, by what was told before. */
export function mailKind({
  state,
  mailedState,
}: {
  readonly state: AlertState
  readonly mailedState: AlertState | null
}): MailKind {
  if (mailedState === null) return 'opened'
  return state === 'recovered' && mailedState === 'open' ? 'recovered' : 'digest'
}

const minute = 60_000
const longestWait = 60 * minute
const patience = 3 * 24 * 3_600_000

/**
 * When to try a mail again that could not be sent: after 1, 4, 16 minutes, then every hour; null: that is enough.
 *
 * @param tries how often it was tried, at least once
 */
export function nextMailTry(tries: number, queuedAt: Date, now: Date): Date | null {
  const next = now.getTime() + Math.min(minute * 4 ** (tries - 1), longestWait)
  return next > queuedAt.getTime() + patience ? null : new Date(next)
}
