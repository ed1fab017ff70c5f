import { type Endpoint, type EndpointStatus, takesEvents } from '../domain/endpoint.ts'
import { lockChain } from './audit-append.ts'
import type { Session } from './database.ts'

// A span that has not been streamed to its end goes on instead: so nothing of it is lost, and what was recorded meanwhile
// goes with it.
const joinStatement = {
  name: 'join-audit-stream',
  text: `
with opened as (
  insert into audit_streams (workspace_id, streamed_sequence) values ($1, $3) on conflict do nothing
)
insert into endpoint_spans as s (endpoint_id, after_sequence) values ($2, $3)
on conflict (endpoint_id) do update set last_sequence = null, after_sequence = case
  when s.last_sequence > (select streamed_sequence from audit_streams where workspace_id = $1) then s.after_sequence
  else excluded.after_sequence
end`,
}

const leaveStatement = {
  name: 'leave-audit-stream',
  text: 'update endpoint_spans set last_sequence = $2 where endpoint_id = $1',
}

/**
 * Belongs into the transaction that gives an endpoint another status, after its configuration was bumped: an endpoint of
 * the audit stream gets the entries that are appended while it takes events, these and no others. Until the commit
 * nobody else appends.
 *
 * @param before null: the endpoint is new
 */
export async function followAuditStream(
  transaction: Session,
  { id, workspaceId, stream }: Pick<Endpoint, 'id' | 'workspaceId' | 'stream'>,
  before: EndpointStatus | null,
  after: EndpointStatus,
): Promise<void> {
  const took = before !== null && takesEvents({ status: before })
  const takes = takesEvents({ status: after })
  if (stream !== 'audit' || took === takes) return
  const end = await lockChain(transaction, workspaceId)
  if (takes) await transaction.execute(joinStatement, [workspaceId, id, end.last_sequence])
  else await transaction.execute(leaveStatement, [id, end.last_sequence])
}

const holdStatement = {
  name: 'hold-configuration',
  text: 'select id from workspaces where id = $1 for no key update',
}

const closeStatement = {
  name: 'close-audit-stream',
  text: `
delete from audit_streams s where s.workspace_id = $1 and not exists (
  select from endpoints e join endpoint_spans p on p.endpoint_id = e.id
  where e.workspace_id = $1 and e.status <> 'deleted' and coalesce(p.last_sequence > s.streamed_sequence, true)
)`,
}

/** Forgets how far a chain has been streamed, if no endpoint wants any more of it. */
export async function closeAuditStream(transaction: Session, workspaceId: string): Promise<void> {
  // The lock of those who change endpoints, in a statement of its own: the next one sees what they have changed.
  await transaction.execute(holdStatement, [workspaceId])
  await transaction.execute(closeStatement, [workspaceId])
}
