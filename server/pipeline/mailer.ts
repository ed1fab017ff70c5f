import type { BaseLogger } from 'pino'
import { nextMailTry } from '../domain/alert.ts'
import type { Clock } from './clock.ts'
import type { MailQueue, TakenMail } from './mail-queues.ts'
import { Rounds } from './rounds.ts'
import type { Smtp } from './smtp.ts'

export interface MailerOptions {
  readonly queues: readonly MailQueue[]
  readonly clock: Clock
  readonly log: BaseLogger
  readonly smtp: Smtp
}

/** For everything that has to do with one try. */
const deadline = 30_000
/** Longer than a try can take: whoever has not said by then what came of it is taken for dead. */
const lease = 60_000
const sentAtOnce = 5
const pollPeriod = 15_000
/** How long a node that is to stop waits for what it is sending. */
const grace = 5_000

/**
 * Sends the mails that wait in Postgres, those of any node. A mail belongs to a node for a try: no transaction is open
 * meanwhile, and when the node dies the mail is due again later. It is then sent once more if it had gone out already, and
 * has the same Message-ID.
 */
export class Mailer {
  readonly #options: MailerOptions
  readonly #rounds: Rounds
  readonly #stopped = new AbortController()

  constructor(options: MailerOptions) {
    this.#options = options
    const { clock, log, queues } = options
    this.#rounds = new Rounds({
      ...{ clock, log, name: 'mails', pollPeriod },
      step: () => this.#sendSome(),
      nextDue: () => earliestDue(queues),
    })
  }

  /** Looks for mails now, and from then on by time. */
  wake(): void {
    this.#rounds.wake()
  }

  /** Resolves when what is being sent is sent, or given back because it takes too long. */
  async stop(): Promise<void> {
    const timer = this.#options.clock.after(grace, () => this.#stopped.abort())
    await this.#rounds.stop()
    timer.cancel()
  }

  /** False: none is due. */
  async #sendSome(): Promise<boolean> {
    const { queues, clock } = this.#options
    const now = clock.now()
    const taken = await Promise.all(queues.map((queue) => queue.take(new Date(now), new Date(now + lease), sentAtOnce)))
    const mails = taken.flat()
    const results = await Promise.allSettled(mails.map((mail) => this.#send(mail)))
    const failed = results.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    return mails.length > 0
  }

  async #send(mail: TakenMail): Promise<void> {
    const { clock, log, smtp } = this.#options
    const { kind, about, uselessAt } = mail
    const begun = new Date(clock.now())
    if (uselessAt !== null && uselessAt <= begun) {
      await mail.failed({ at: begun, error: 'it was not sent before its link ended', nextTry: null })
      log.error(about, `an ${kind} was not mailed before its link ended`)
      return
    }
    const tooLate = new AbortController()
    const timer = clock.after(deadline, () => tooLate.abort())
    const failure = await smtp.send(mail, AbortSignal.any([tooLate.signal, this.#stopped.signal]))
    timer.cancel()
    const at = new Date(clock.now())
    if (failure === null) {
      await mail.sent(at)
      log.info(about, `${kind} mailed`)
    } else if (this.#stopped.signal.aborted) await mail.release(at)
    else {
      const nextTry = failure.permanent ? null : nextTryOf(mail, at)
      await mail.failed({ at, error: failure.error, nextTry })
      const details = { ...about, reason: failure.detail }
      if (nextTry === null) log.error(details, `an ${kind} could not be mailed, and is not tried again`)
      else log.warn({ ...details, nextTry }, `an ${kind} could not be mailed; trying again later`)
    }
  }
}

function nextTryOf({ tries, queuedAt, uselessAt }: TakenMail, now: Date): Date | null {
  const next = nextMailTry(tries, queuedAt, now)
  return next === null || uselessAt === null || next < uselessAt ? next : null
}

async function earliestDue(queues: readonly MailQueue[]): Promise<Date | null> {
  const due = await Promise.all(queues.map((queue) => queue.nextDue()))
  const times = due.flatMap((at) => at?.getTime() ?? [])
  return times.length === 0 ? null : new Date(Math.min(...times))
}
