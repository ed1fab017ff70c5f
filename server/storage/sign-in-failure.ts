import type { Queryable } from './database.ts'

export interface SignInFailures {
  readonly failures: number
  readonly lastAt: Date
}

/** What has failed for an account lately; null: nothing. */
export async function findSignInFailures(db: Queryable, accountHash: Buffer): Promise<SignInFailures | null> {
  const [row] = await db.query<{ failures: number; last_at: Date }>(
    { name: 'find-sign-in-failures', text: 'select failures, last_at from sign_in_failures where account_hash = $1' },
    [accountHash],
  )
  return row ? { failures: row.failures, lastAt: row.last_at } : null
}

/** Counts one more; those of more than a day ago are forgotten, of all accounts. */
export async function countSignInFailure(db: Queryable, accountHash: Buffer, now: Date): Promise<void> {
  await db.execute(
    {
      name: 'count-sign-in-failure',
      // Those that fail again at this moment are locked: to wait for one another would never end.
      text: `
with forgotten as (
  delete from sign_in_failures where account_hash = any(array(
    select account_hash from sign_in_failures
    where last_at < $2::timestamptz - interval '1 day' and account_hash <> $1 for update skip locked
  ))
)
insert into sign_in_failures (account_hash, failures, last_at) values ($1, 1, $2)
on conflict (account_hash) do update set last_at = excluded.last_at,
  failures = case when sign_in_failures.last_at < excluded.last_at - interval '1 day' then 1
    else sign_in_failures.failures + 1 end`,
    },
    [accountHash, now],
  )
}

export async function forgetSignInFailures(db: Queryable, accountHash: Buffer): Promise<void> {
  await db.execute({ name: 'forget-sign-in-failures', text: 'delete from sign_in_failures where account_hash = $1' }, [
    accountHash,
  ])
}
