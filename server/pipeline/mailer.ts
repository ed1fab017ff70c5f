import type { BaseLogger } from 'pino'
import { nextMailTry } from '../domain/alert.ts'
import type { Clock, Timer } from './clock.ts'
import type { MailQueue, TakenMail } from './mail-queues.ts'
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
const shortestWait = 20
/** How long a node that is to stop waits for what it is sending. */
const grace = 5_000

/**
 * Sends the mails that wait in Postgres, those of any node. A mail belongs to a node for a try: no transaction is open
 * meanwhile, and when the node dies the mail is due again later. It is then sent once more if it had gone out already, and
 * has the same Message-ID.
 */
export class Mailer {
  readonly #options: MailerOptions
  readonly #stopped = new AbortController()
  #timer: Timer | null = null
  #running: Promise<void> | null = null
  #again = false
  #stopping = false

  constructor(options: MailerOptions) {
    this.#options = options
  }

  /** Looks for mails now, and from then on by time. */
  wake(): void {
    if (this.#stopping) return
    this.#timer?.cancel()
    this.#timer = null
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      if (this.#again) this.wake()
    })
  }

  /** Resolves when what is being sent is sent, or given back because it takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#again = false
    this.#timer?.cancel()
    const timer = this.#options.clock.after(grace, () => this.#stopped.abort())
    await this.#running
    timer.cancel()
  }

  async #run(): Promise<void> {
    let wait = pollPeriod
    try {
      do {
        this.#again = false
        while (!this.#stopping && (await this.#sendSome()));
      } while (this.#again)
      wait = await this.#untilNext()
    } catch (error) {
      this.#options.log.warn({ err: error }, `mails could not be looked for; trying again in ${pollPeriod / 1_000} s`)
    }
    if (!this.#stopping && !this.#again) this.#timer = this.#options.clock.after(wait, () => this.wake())
  }

  async #untilNext(): Promise<number> {
    const { queues, clock } = this.#options
    const due = await Promise.all(queues.map((queue) => queue.nextDue()))
    const now = clock.now()
    // One that is due all the same is in the hands of another node.
    const waits = due.map((at) => (at === null ? pollPeriod : at.getTime() - now))
    return Math.min(Math.max(Math.min(...waits), shortestWait), pollPeriod)
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
