import type { MailText } from '../domain/mail-layout.ts'
import { type Keyring, seal } from '../domain/sealed.ts'
import type { Queryable } from '../storage/database.ts'
import { queuePeopleMail } from '../storage/people-mail.ts'

interface OutboxOptions {
  readonly keyring: Keyring
  readonly newId: () => string
  readonly randomBytes: (size: number) => Buffer
  readonly now: () => Date
  /** Mails were queued. */
  readonly wake: () => void
}

/** A mail with a link that is somebody's alone. */
export interface MailToPerson {
  /** Null: it is about their account. */
  readonly invitationId: string | null
  readonly address: string
  readonly content: MailText
  /** When its link ends: it is not sent after that. */
  readonly uselessAt: Date
}

/** Where mails to people are put. They are sealed, since whoever reads the database could use their links. */
export class Outbox {
  readonly #options: OutboxOptions

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Queues a mail in the transaction that it is about: it goes out if that commits, and `sendNow` was called or not. */
  async queue(transaction: Queryable, { invitationId, address, content, uselessAt }: MailToPerson): Promise<void> {
    const { keyring, newId, randomBytes, now } = this.#options
    const id = newId()
    const sealed = seal(JSON.stringify(content), id, keyring, randomBytes)
    await queuePeopleMail(transaction, { id, invitationId, address, sealed, queuedAt: now(), uselessAt })
  }

  /** After the commit: without it the mail waits for the next look. */
  sendNow(): void {
    this.#options.wake()
  }
}
