import type { Event, Stream } from '../domain/event.ts'
import { plannedEachTime, type Queryable } from './database.ts'
import { overlap, rangeOf, type Slice, sameMillisecond, type Window } from './id-range.ts'
import { readInTime, type TimedRow, timedColumns } from './timed-list.ts'

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
  /** How long a page may look for events, in milliseconds; then it is cut. One is looked at in any case. */
  readonly patience: number
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

const columns = 'id, workspace_id, type, tags, created, stream, milliseconds, test, received_at'

const passes = `($5::text is null or type = $5) and ($6::text is null or $6 = any(tags))
    and ($7::text is null or type ilike $7 or left(data, 16384) ilike $7) and ($8::uuid is null or id = $8)`

// The stream as the index has it, which knows nothing of others.
const listStatement = {
  name: plannedEachTime,
  text: `
select ${columns}, passes, late from (
  select *, ${timedColumns(passes, '$4')}
  from events where workspace_id = $1 and id >= $2 and id < $3 and stream = 'events' order by id desc
) e
where passes or late order by id desc limit $9`,
}

/**
 * A page of the events of a workspace, of the stream of events, that pass the filter, newest first, without their data.
 * What few events pass is searched for until the time is up: then the page is short, and the next one goes on.
 *
 * @param clock milliseconds, for `patience`
 */
export async function listEvents(
  database: Queryable,
  filter: EventFilter,
  clock: () => number,
): Promise<Slice<EventSummary>> {
  const { workspaceId, id, type, tag } = filter
  const window = rangeOf(filter)
  const range = id === null ? window : overlap(window, sameMillisecond(id))
  const text = filter.text === null ? null : `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`
  const { rows, next } = await readInTime(range, filter, clock, ({ from, below }, patience, most) =>
    database.query<EventRow & TimedRow>(listStatement, [workspaceId, from, below, patience, type, tag, text, id, most]),
  )
  return { rows: rows.map(toSummary), next }
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
