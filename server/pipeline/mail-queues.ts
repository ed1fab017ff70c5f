import type { BaseLogger } from 'pino'
import { type Keyring, open, SealedError } from '../domain/sealed.ts'
import { mailFailed, mailSent, nextMailDue, releaseMail, takeMails } from '../storage/alert-mail-queue.ts'
import type { Database } from '../storage/database.ts'
import {
  nextPeopleMailDue,
  type PeopleMail,
  peopleMailFailed,
  peopleMailSent,
  releasePeopleMail,
  takePeopleMails,
} from '../storage/people-mail.ts'
import type { OutgoingMail } from './smtp.ts'

export interface Failure {
  readonly at: Date
  readonly error: string
  /** null: it is given up. */
  readonly nextTry: Date | null
}

/** A mail that is this node's for one try. */
export interface TakenMail extends OutgoingMail {
  /** What it is, for the log. */
  readonly kind: 'alert' | 'invitation' | 'account mail'
  /** For the log: no address. */
  readonly about: Readonly<Record<string, unknown>>
  /** This one included. */
  readonly tries: number
  readonly queuedAt: Date
  /** From then on nobody needs it any more; null: it stays worth reading. */
  readonly uselessAt: Date | null
  sent(at: Date): Promise<void>
  failed(failure: Failure): Promise<void>
  /** Gives it back, as if it had not been tried. */
  release(at: Date): Promise<void>
}

/** Mails that wait in Postgres. */
export interface MailQueue {
  /** Takes some that are due. Nobody else takes them until `until`. */
  take(now: Date, until: Date, limit: number): Promise<TakenMail[]>
  /** When the next one is due; null: none waits. */
  nextDue(): Promise<Date | null>
}

export function alertMails(database: Database): MailQueue {
  return {
    async take(now, until, limit) {
      const mails = await takeMails(database, now, until, limit)
      return mails.map((mail) => ({
        ...mail,
        kind: 'alert',
        about: { alert: mail.alertId, mail: mail.id, tries: mail.tries },
        uselessAt: null,
        sent: (at) => mailSent(database, mail, at),
        failed: (failure) => mailFailed(database, mail, failure),
        release: (at) => releaseMail(database, mail, at),
      }))
    },
    nextDue: () => nextMailDue(database),
  }
}

/** Invitations, and mails about accounts. */
export function peopleMails(database: Database, keyring: Keyring, log: BaseLogger): MailQueue {
  /** null: the master key that it was sealed with is gone, so it can never be read. */
  async function opened(mail: PeopleMail, now: Date): Promise<TakenMail | null> {
    const { id, invitationId, address, tries, queuedAt, uselessAt } = mail
    const about = { ...(invitationId !== null && { invitation: invitationId }), mail: id, tries }
    try {
      return {
        ...(JSON.parse(open(mail.sealed, id, keyring)) as Pick<OutgoingMail, 'subject' | 'text' | 'html'>),
        ...{ id, address, tries, queuedAt, uselessAt, about },
        kind: invitationId === null ? 'account mail' : 'invitation',
        sent: (at) => peopleMailSent(database, mail, at),
        failed: (failure) => peopleMailFailed(database, mail, failure),
        release: (at) => releasePeopleMail(database, mail, at),
      }
    } catch (error) {
      if (!(error instanceof SealedError)) throw error
      const told = 'it was sealed with a master key that is not here any more'
      await peopleMailFailed(database, mail, { at: now, error: told, nextTry: null })
      log.error({ ...about, err: error }, `a mail could not be sent: ${told}`)
      return null
    }
  }
  return {
    async take(now, until, limit) {
      const mails = await takePeopleMails(database, now, until, limit)
      const taken = await Promise.all(mails.map((mail) => opened(mail, now)))
      return taken.filter((mail) => mail !== null)
    },
    nextDue: () => nextPeopleMailDue(database),
  }
}
