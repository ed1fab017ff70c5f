import type { BaseLogger } from 'pino'
import { nextMailTry } from '../domain/alert.ts'
import type { Database } from '../storage/database.ts'
import { mailFailed, mailSent, nextMailDue, type QueuedMail, releaseMail, takeMails } from '../storage/mail-queue.ts'
import type { Clock, Timer } from './clock.ts'
import type { Smtp } from './smtp.ts'

export interface MailerOptions {
  readonly database: Database
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
    const due = await nextMailDue(this.#options.database)
    // One that is due all the same is in the hands of another node.
    const wait = due === null ? pollPeriod : due.getTime() - this.#options.clock.now()
    return Math.min(Math.max(wait, shortestWait), pollPeriod)
  }

  /** False: none is due. */
  async #sendSome(): Promise<boolean> {
    const { database, clock } = this.#options
    const now = clock.now()
    const mails = await takeMails(database, new Date(now), new Date(now + lease), sentAtOnce)
    const results = await Promise.allSettled(mails.map((mail) => this.#send(mail)))
    const failed = results.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    return mails.length > 0
  }

  async #send(mail: QueuedMail): Promise<void> {
    const { database, clock, log, smtp } = this.#options
    const tooLate = new AbortController()
    const timer = clock.after(deadline, () => tooLate.abort())
    const failure = await smtp.send(mail, AbortSignal.any([tooLate.signal, this.#stopped.signal]))
    timer.cancel()
    const at = new Date(clock.now())
    const about = { alert: mail.alertId, mail: mail.id, tries: mail.tries }
    if (failure === null) {
      await mailSent(database, mail, at)
      log.info(about, 'alert mailed')
    } else if (this.#stopped.signal.aborted) await releaseMail(database, mail, at)
    else {
      const nextTry = failure.permanent ? null : nextMailTry(mail.tries, mail.queuedAt, at)
      await mailFailed(database, mail, { at, error: failure.error, nextTry })
      const details = { ...about, reason: failure.detail }
      if (nextTry === null) log.error(details, 'an alert could not be mailed, and is not tried again')
      else log.warn({ ...details, nextTry }, 'an alert could not be mailed; trying again later')
    }
  }
}
