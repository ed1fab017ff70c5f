import type { Checkpoint } from '../domain/audit-checkpoint.ts'
import type { Database, Queryable } from './database.ts'

interface CheckpointRow {
  readonly workspace_id: string
  readonly sequence: number
  readonly hash: Buffer
  readonly signed_at: Date
  readonly key_id: string
  readonly signature: string
}

/** The end of a chain that nobody has signed for yet. */
export interface UnsignedEnd {
  readonly workspaceId: string
  readonly sequence: number
  readonly hash: string
}

/** Chains that have grown since their last checkpoint, which was signed at the given time or before. */
export async function chainsToSign(database: Queryable, signedBefore: Date, limit: number): Promise<UnsignedEnd[]> {
  const rows = await database.query<{ workspace_id: string; last_sequence: number; last_hash: Buffer }>(
    {
      name: 'audit-chains-to-sign',
      text: `
select workspace_id, last_sequence, last_hash from audit_chains
where last_sequence > checkpointed_sequence and (checkpointed_at is null or checkpointed_at <= $1)
order by workspace_id limit $2`,
    },
    [signedBefore, limit],
  )
  return rows.map((row) => ({
    workspaceId: row.workspace_id,
    sequence: row.last_sequence,
    hash: row.last_hash.toString('hex'),
  }))
}

/** Stores checkpoints; of two nodes that signed for the same end, the first one's stays. */
export async function storeCheckpoints(database: Database, checkpoints: readonly Checkpoint[]): Promise<void> {
  await database.transaction(async (transaction) => {
    // In the order of the chains, as every other node does it: so they wait for each other, but never in a circle.
    for (const checkpoint of checkpoints) await storeCheckpoint(transaction, checkpoint)
  })
}

export async function storeCheckpoint(transaction: Queryable, checkpoint: Checkpoint): Promise<void> {
  const { workspaceId, sequence, hash, signedAt, keyId, signature } = checkpoint
  await transaction.execute(
    {
      name: 'store-audit-checkpoint',
      text: `
with stored as (
  insert into audit_checkpoints (workspace_id, sequence, hash, signed_at, key_id, signature)
  values ($1, $2, decode($3, 'hex'), $4, $5, $6) on conflict do nothing
)
update audit_chains set checkpointed_sequence = greatest(checkpointed_sequence, $2),
  checkpointed_at = greatest(checkpointed_at, $4)
where workspace_id = $1`,
    },
    [workspaceId, sequence, hash, signedAt, keyId, signature],
  )
}

/** The sequence of the last checkpoint in this range of a chain; null: there is none. Both ends belong to the range. */
export async function lastCheckpointIn(
  database: Queryable,
  workspaceId: string,
  range: { readonly from: number; readonly to: number },
): Promise<number | null> {
  const [row] = await database.query<{ sequence: number }>(
    {
      name: 'last-audit-checkpoint-in',
      text: `
select sequence from audit_checkpoints
where workspace_id = $1 and sequence >= $2 and sequence <= $3 order by sequence desc limit 1`,
    },
    [workspaceId, range.from, range.to],
  )
  return row?.sequence ?? null
}

/** The checkpoints of a chain with these sequences, in order: both ends belong to the range. */
export async function readCheckpoints(
  database: Queryable,
  workspaceId: string,
  range: { readonly from: number; readonly to: number },
): Promise<Checkpoint[]> {
  const rows = await database.query<CheckpointRow>(
    {
      name: 'read-audit-checkpoints',
      text: `
select workspace_id, sequence, hash, signed_at, key_id, signature from audit_checkpoints
where workspace_id = $1 and sequence >= $2 and sequence <= $3 order by sequence`,
    },
    [workspaceId, range.from, range.to],
  )
  return rows.map((row) => ({
    workspaceId: row.workspace_id,
    sequence: row.sequence,
    hash: row.hash.toString('hex'),
    signedAt: row.signed_at,
    keyId: row.key_id,
    signature: row.signature,
  }))
}
