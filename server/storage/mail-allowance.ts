import type { Queryable } from './database.ts'

/**
 * Takes one of the `most` that there are for a key in a period, which begins with the first. Periods that are over are
 * forgotten, of all keys.
 *
 * @param period milliseconds, the same for every key
 * @returns 0 when there was one; else how many milliseconds until there is
 */
export async function takeMailAllowance(
  db: Queryable,
  keyHash: Buffer,
  { most, period, now }: { most: number; period: number; now: Date },
): Promise<number> {
  const over = new Date(now.getTime() - period)
  const [row] = await db.query<{ taken: number; since: Date }>(
    {
      name: 'take-mail-allowance',
      text: `
with forgotten as (
  delete from mail_allowances where since <= $3 and key_hash <> $1
)
insert into mail_allowances as a (key_hash, taken, since) values ($1, 1, $2)
on conflict (key_hash) do update set
  taken = case when a.since <= $3 then 1 else least(a.taken, $4) + 1 end,
  since = case when a.since <= $3 then $2 else a.since end
returning taken, since`,
    },
    [keyHash, now, over, most],
  )
  if (!row || row.taken <= most) return 0
  return row.since.getTime() + period - now.getTime()
}
