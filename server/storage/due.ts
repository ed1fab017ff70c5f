import type { Queryable } from './database.ts'

/** The channel on which a node that attempts nothing itself says which endpoints have deliveries due. */
export const dueChannel = 'due'

/** Tells the nodes that attempt deliveries that some of these endpoints are due. */
export async function announceDue(database: Queryable, endpointIds: readonly string[]): Promise<void> {
  await database.execute(
    { name: 'announce-due', text: 'select pg_notify($1, id) from unnest($2::text[]) as due (id)' },
    [dueChannel, endpointIds],
  )
}
