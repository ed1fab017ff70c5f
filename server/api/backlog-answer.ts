import { type Static, Type } from 'typebox'
import { nullable, Time } from './schema.ts'

/** What waits, counted up to a limit. */
interface Backlog {
  readonly count: number
  readonly more: boolean
  readonly oldestDueAt: Date | null
}

/** @param most how many are counted at the most */
export function backlogAnswer(most: number) {
  return Type.Object(
    {
      deliveries: Type.Integer({ description: 'Held ones and those in hand included.' }),
      more: Type.Boolean({ description: `There are more: they were counted up to ${most}.` }),
      oldest_due_at: nullable(Time, {
        description: 'When the first of them was due, or is due, to be attempted; null: none waits.',
      }),
    },
    { description: 'What waits to be attempted, now.' },
  )
}

export function showBacklog({ count, more, oldestDueAt }: Backlog): Static<ReturnType<typeof backlogAnswer>> {
  return { deliveries: count, more, oldest_due_at: oldestDueAt?.toISOString() ?? null }
}
