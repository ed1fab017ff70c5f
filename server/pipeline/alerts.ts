import type { BaseLogger } from 'pino'
import { mailKind, newsLastsMs } from '../domain/alert.ts'
import { renderAlertMail } from '../domain/alert-mail.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { forgetAlerts } from '../storage/alert.ts'
import { type AlertToTell, alertsToTell, queueMails } from '../storage/alert-mail.ts'
import type { Database } from '../storage/database.ts'
import { countWaiting } from '../storage/statistics.ts'
import { endAlerts, findDeadLetters, markNoticed, openAlerts } from '../storage/trouble.ts'
import type { Clock } from './clock.ts'
import type { Mailer } from './mailer.ts'

export interface AlertsOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: BaseLogger
  /** Where people reach this service, without a slash at the end. */
  readonly publicUrl: () => string
  /** A new UUIDv7. */
  newId(): string
  /** null: this node cannot send mails, and leaves them to others. */
  readonly mailer: Pick<Mailer, 'wake'> | null
}

const noticedAtOnce = 500
const toldAtOnce = 50
const mostCounted = 10_000
const lookedAtOnce = 500

/**
 * Stands beside the lane of record, which counts dead letters and nothing more: looks by time at which endpoints have new
 * ones, and which have recovered. What it finds is in Postgres before and after, so nothing is lost when a node dies, and
 * any number of nodes may look at the same time.
 */
export class Alerts {
  readonly #options: AlertsOptions
  /** Where the next look for recoveries begins. */
  #after: string | null = null

  constructor(options: AlertsOptions) {
    this.#options = options
  }

  async look(): Promise<void> {
    await this.#open()
    await this.#end()
    await this.#tell()
  }

  /** @param before of alerts that ended earlier nothing is kept */
  async forget(before: Date): Promise<void> {
    const { database, clock } = this.#options
    await forgetAlerts(database, before, new Date(clock.now() - newsLastsMs))
  }

  async #open(): Promise<void> {
    const { database, clock, log, newId } = this.#options
    for (;;) {
      const found = await findDeadLetters(database, noticedAtOnce)
      if (found.length === 0) return
      const troubles = found.map((one) => ({ ...one, alertId: newId(), reason: 'dead_letters' as const }))
      for (const { id, endpointId, reason } of await openAlerts(database, troubles, new Date(clock.now()))) {
        log.warn({ endpoint: endpointId, alert: id, reason }, 'deliveries to an endpoint were dead-lettered')
      }
      // If the process dies before this, the alerts know already, and are not told twice.
      await markNoticed(database, found)
      if (found.length < noticedAtOnce) return
    }
  }

  async #end(): Promise<void> {
    const { database, clock, log } = this.#options
    const { ended, next } = await endAlerts(database, new Date(clock.now()), this.#after, lookedAtOnce)
    this.#after = next
    for (const { id, endpointId, state } of ended) {
      if (state === 'recovered') log.info({ endpoint: endpointId, alert: id }, 'endpoint recovered')
    }
  }

  async #tell(): Promise<void> {
    const { database, clock, mailer } = this.#options
    if (!mailer) return
    for (;;) {
      const due = await alertsToTell(database, new Date(clock.now()), toldAtOnce)
      let queued = 0
      for (const toTell of due) queued += await this.#queue(toTell)
      if (queued > 0) mailer.wake()
      // What another node was faster to tell, or what has changed at this moment, is looked at again next time.
      if (queued === 0 || due.length < toldAtOnce) return
    }
  }

  /** How many mails it came to. */
  async #queue(toTell: AlertToTell): Promise<number> {
    const { database, clock, newId, publicUrl } = this.#options
    const { alert, endpoint, workspace, told, mailedState, addresses } = toTell
    const { workspaceId, endpointId } = alert
    const kind = mailKind({ state: alert.state, mailedState })
    const waiting = await countWaiting(database, { workspaceId, endpointId }, mostCounted)
    const page = `w/${toTypeId(idPrefix.workspace, workspaceId)}/endpoints/${toTypeId(idPrefix.endpoint, endpointId)}`
    const link = `${publicUrl()}/${page}`
    const mail = renderAlertMail({ alert, kind, endpoint, workspace, waiting, told, link })
    const ids = addresses.map(() => newId())
    return await queueMails(database, toTell, mail, ids, kind !== 'recovered', new Date(clock.now()))
  }
}
