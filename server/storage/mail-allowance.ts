import type { Queryable } from './database.ts'

/**
 * Takes one of the `most` that there are for a key in a period, which begins with the first. Periods that are over are
 * forgotten, of all keys.
 *
 * @param period milliseconds
 * @returns 0 when there was one; else how many milliseconds until there is
 */
export async function takeMailAllowance(
  db: Queryable,
  keyHash: Buffer,
  { most, period, now }: { most: number; period: number; now: Date },
): Promise<number> {
  const [row] = await db.query<{ taken: number; ends_at: Date }>(
    {
      name: 'take-mail-allowance',
      // Those whose turn begins anew at this moment are locked: to wait for one another would never end.
      text: `
with forgotten as (
  delete from mail_allowances where key_hash = any(array(
    select key_hash from mail_allowances where ends_at <= $2 and key_hash <> $1 for update skip locked
  ))
)
insert into mail_allowances as a (key_hash, taken, ends_at) values ($1, 1, $3)
on conflict (key_hash) do update set
  taken = case when a.ends_at <= $2 then 1 else least(a.taken, $4) + 1 end,
  ends_at = case when a.ends_at <= $2 then $3 else a.ends_at end
returning taken, ends_at`,
    },
    [keyHash, now, new Date(now.getTime() + period), most],
  )
  return !row || row.taken <= most ? 0 : row.ends_at.getTime() - now.getTime()
}
