import { createUuidGenerator, deliveryId } from '../server/domain/identifier.ts'
import type { Database } from '../server/storage/database.ts'
import { migrate } from '../server/storage/migrate.ts'
import { createPartitions } from '../server/storage/partition.ts'
import { microseconds, seconds } from './clock.ts'
import { withDatabase } from './data-directory.ts'
import { dataText } from './payload.ts'

const batchSize = 200

const insertStatement = {
  name: 'bare-insert',
  text: `
with event as (
  insert into events (id, workspace_id, type, tags, created, received_at, data)
  select id, $3, 'bench.e00', '{}', $5, $6, data from unnest($1::uuid[], $7::text[]) as e (id, data)
)
insert into deliveries (id, event_id, endpoint_id, workspace_id, type, sequence, state, owner, next_attempt_at, created_at)
select id, event_id, $4, $3, 'bench.e00', number, 'pending', 1, $6, $6
from unnest($2::uuid[], $1::uuid[]) with ordinality as d (id, event_id, number)`,
}

const settleStatement = {
  name: 'bare-settle',
  text: `
with attempt as (
  insert into attempts (id, delivery_id, workspace_id, endpoint_id, number, started_at, duration_ms, outcome, url,
    request_headers, response_status, response_headers, response_body)
  select id, delivery_id, $3, $4, 1, $5, 1, 'success', 'http://127.0.0.1:40000/ok/0000', request, 200, response, 'ok'
  from unnest($1::uuid[], $2::uuid[], $6::text[], $7::text[]) as a (id, delivery_id, request, response)
)
update deliveries d set state = 'delivered', owner = 0, attempt_count = 1, cycle_attempts = 1, first_attempt_at = $5,
  next_attempt_at = null, settled_at = $5
from unnest($2::uuid[]) as settled (id) where d.id = settled.id and d.owner = 1 and d.state = 'pending'`,
}

const requestHeaders = JSON.stringify({
  'User-Agent': 'Atlas-Webhooks/0.0.0',
  'Content-Type': 'application/json',
  'Atlas-Event': 'bench.e00',
  'Atlas-Delivery': 'evt_01htrkd4qpe3zb4y1mkfa5v5p8',
  'Atlas-Attempt': '1',
  'Atlas-Sequence': '42',
  'Atlas-Signature': `t=1712345678,v1=${'0'.repeat(64)}`,
  'webhook-id': 'evt_01htrkd4qpe3zb4y1mkfa5v5p8',
  'webhook-timestamp': '1712345678',
  'webhook-signature': `v1,${'0'.repeat(44)}`,
})
const responseHeaders = JSON.stringify({ 'content-type': 'text/plain', 'content-length': '2' })

/**
 * The rows that a delivered event leaves behind, in the server's own tables, in batches over one connection. Gives how
 * many events a second.
 */
export async function storeBare(dataDirectory: string, durationSeconds: number): Promise<number> {
  return await withDatabase(dataDirectory, async (database) => {
    await migrate(database)
    const now = new Date()
    await createPartitions(database, now, new Date(now.getTime() + 86_400_000))
    const [settings] = await database.query<{ fsync: string; commit: string }>({
      name: 'bare-settings',
      text: `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`,
    })
    if (settings?.fsync !== 'on' || settings.commit !== 'on') throw new Error('this Postgres is not durable')
    return await store(database, durationSeconds)
  })
}

async function store(database: Database, durationSeconds: number): Promise<number> {
  const newId = createUuidGenerator(Date.now, (target) => crypto.getRandomValues(target))
  const workspace = newId()
  const endpoint = newId()
  const data = Array<string>(batchSize).fill(dataText())
  const requests = Array<string>(batchSize).fill(requestHeaders)
  const responses = Array<string>(batchSize).fill(responseHeaders)
  const startedAt = microseconds()
  const endsAt = startedAt + seconds(durationSeconds)
  let stored = 0
  while (microseconds() < endsAt) {
    const events = Array.from({ length: batchSize }, newId)
    const deliveries = events.map((event) => deliveryId(event, endpoint))
    const attempts = deliveries.map((delivery) => delivery.slice(0, 24) + newId().slice(24))
    const now = new Date()
    const created = Math.floor(now.getTime() / 1000)
    await database.execute(insertStatement, [events, deliveries, workspace, endpoint, created, now, data])
    const settled = [attempts, deliveries, workspace, endpoint, now, requests, responses]
    stored += await database.execute(settleStatement, settled)
  }
  return stored / ((microseconds() - startedAt) / seconds(1))
}
