import type { Session } from './database.ts'

/**
 * Takes an idempotency key for what this transaction does; false: it was used before. While another transaction that took
 * it is under way, this waits for its end.
 */
export async function takeIdempotencyKey(
  transaction: Session,
  workspaceId: string,
  { key, bodyHash }: { readonly key: string; readonly bodyHash: Buffer },
  now: Date,
): Promise<boolean> {
  const touched = await transaction.execute(
    {
      name: 'take-idempotency-key',
      text: `
insert into idempotency_keys (workspace_id, key, body_hash, response, created_at) values ($1, $2, $3, '', $4)
on conflict do nothing`,
    },
    [workspaceId, key, bodyHash, now],
  )
  return touched > 0
}

/** Keeps the answer that a repetition gets, in the transaction that took the key. */
export async function keepAnswer(
  transaction: Session,
  workspaceId: string,
  key: string,
  answer: string,
): Promise<void> {
  await transaction.execute(
    {
      name: 'keep-idempotent-answer',
      text: 'update idempotency_keys set response = $3 where workspace_id = $1 and key = $2',
    },
    [workspaceId, key, answer],
  )
}
