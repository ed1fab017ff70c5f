import type { Endpoint } from '../domain/endpoint.ts'
import type { Profile } from '../domain/profile.ts'
import type { Queryable } from './database.ts'

/** What says how the requests to an endpoint look. */
export type EndpointProfile = Pick<Endpoint, 'id' | 'workspaceId' | 'profile' | 'options'>

/** The same of a deleted endpoint too, whose deliveries stay visible; null: its workspace is gone. */
export async function findEndpointProfile(database: Queryable, id: string): Promise<EndpointProfile | null> {
  const [row] = await database.query<{ workspace_id: string; profile: Profile; options: Record<string, unknown> }>(
    { name: 'find-endpoint-profile', text: 'select workspace_id, profile, options from endpoints where id = $1' },
    [id],
  )
  return row ? { id, workspaceId: row.workspace_id, profile: row.profile, options: row.options } : null
}
