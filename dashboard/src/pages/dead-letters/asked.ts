import type { DeadLetterReplay } from '@atlas-webhooks/sdk/src/generated/schemas.ts'

/** What is to be replayed, before it is confirmed. */
export interface Asked {
  readonly title: string
  readonly body: DeadLetterReplay
}
