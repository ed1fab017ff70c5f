import type { Event, Stream } from '../domain/event.ts'
import { plannedEachTime, type Queryable } from './database.ts'
import { cutSlice, overlap, rangeOf, type Slice, sameMillisecond, type Window } from './id-range.ts'

export interface StoredEvent extends Event {
  /** Made by the test button: outside every sequence. */
  readonly test: boolean
  readonly receivedAt: Date
}

export type EventSummary = Omit<StoredEvent, 'data'>

export interface EventFilter extends Window {
  readonly workspaceId: string
  readonly id: string | null
  readonly type: string | null
  readonly tag: string | null
  /** Searched in the type and in the first 16,384 characters of the data, whatever the case. */
  readonly text: string | null
}

interface EventRow {
  id: string
  workspace_id: string
  type: string
  tags: string[]
  created: number
  stream: Stream
  milliseconds: number
  test: boolean
  received_at: Date
}

// How many events one page looks at. To search means to read the data, which is a hundred times the work.
const mostRead = 20_000
const mostSearched = 2_000

const columns = 'id, workspace_id, type, tags, created, stream, milliseconds, test, received_at'
// As the index has it, which knows nothing of other streams.
const range = `workspace_id = $1 and id >= $2 and id < $3 and stream = 'events'`

// The limit stands inside, so that the index is followed from the newest on and reading ends with the page or there.
const listStatement = {
  name: plannedEachTime,
  text: `
select ${columns} from (
  select * from events where ${range} order by id desc limit $4
) e
where ($5::text is null or type = $5) and ($6::text is null or $6 = any(tags))
  and ($7::text is null or type ilike $7 or left(data, 16384) ilike $7) and ($8::uuid is null or id = $8)
order by id desc limit $9`,
}

const lastReadStatement = {
  name: plannedEachTime,
  text: `select id from events where ${range} order by id desc offset $4 limit 1`,
}

/** A page of the events of a workspace, of the stream of events, that pass the filter, newest first, without their data. */
export async function listEvents(database: Queryable, filter: EventFilter): Promise<Slice<EventSummary>> {
  const window = rangeOf(filter)
  const { from, below } = filter.id === null ? window : overlap(window, sameMillisecond(filter.id))
  const bounds = [filter.workspaceId, from, below]
  const most = filter.text === null ? mostRead : mostSearched
  const text = filter.text === null ? null : `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`
  const rows = await database.query<EventRow>(listStatement, [
    ...bounds,
    ...[most, filter.type, filter.tag, text, filter.id, filter.limit + 1],
  ])
  return await cutSlice(rows.map(toSummary), filter.limit, async () => {
    const [last] = await database.query<{ id: string }>(lastReadStatement, [...bounds, most - 1])
    return last?.id ?? null
  })
}

/** The event with its data, of whichever stream; null when the workspace has none of this id. */
export async function findEvent(database: Queryable, workspaceId: string, id: string): Promise<StoredEvent | null> {
  const [row] = await database.query<EventRow & { data: string }>(
    {
      name: 'find-event',
      text: `select ${columns}, data from events where id = $1 and workspace_id = $2`,
    },
    [id, workspaceId],
  )
  return row ? { ...toSummary(row), data: row.data } : null
}

/** The same of the stream of events only. */
export async function findPublished(database: Queryable, workspaceId: string, id: string): Promise<StoredEvent | null> {
  const event = await findEvent(database, workspaceId, id)
  return event?.stream === 'events' ? event : null
}

function toSummary(row: EventRow): EventSummary {
  const { id, workspace_id: workspaceId, type, tags, created, stream, milliseconds, test } = row
  return { id, workspaceId, type, tags, created, stream, milliseconds, test, receivedAt: row.received_at }
}
