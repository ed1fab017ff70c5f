import type { Endpoint } from '../domain/endpoint.ts'
import { deliveryId, idPrefix, toTypeId } from '../domain/identifier.ts'
import { FanOut } from '../pipeline/fan-out.ts'
import { replayDeliveries } from '../storage/delivery.ts'
import { findEvent, listEvents, type StoredEvent } from '../storage/event.ts'
import { addLateDelivery } from '../storage/late-delivery.ts'
import { administer, type WorkspaceAsker } from './administration.ts'
import { patience } from './page.ts'
import type { Services } from './services.ts'

// How far back it looks for an event that the tunnel wants.
const mostRead = 100

/** Sends the newest event that the tunnel would have got through it, if there is one: so that one sees something at once. */
export async function offerLatest(services: Services, asker: WorkspaceAsker, endpoint: Endpoint): Promise<void> {
  const event = await latestFor(services, endpoint)
  if (!event) return
  const { workspaceId, id: endpointId } = endpoint
  await administer(services, asker, workspaceId, async (transaction, note) => {
    const id = deliveryId(event.id, endpointId)
    const late = { id, eventId: event.id, endpointId, workspaceId, type: event.type }
    const now = services.now()
    // It had it before, in an earlier session.
    if (!(await addLateDelivery(transaction, late, now))) await replayDeliveries(transaction, workspaceId, [id], now)
    note({
      action: 'webhook.redelivered',
      target: { type: 'event', id: toTypeId(idPrefix.event, event.id) },
      description: 'A tunnel asked for the newest event.',
      metadata: { endpoints: [toTypeId(idPrefix.endpoint, endpointId)] },
    })
  })
  services.pipeline.wake([endpointId])
}

async function latestFor({ database, now }: Services, endpoint: Endpoint): Promise<StoredEvent | null> {
  const { workspaceId } = endpoint
  const everything = { id: null, type: null, tag: null, text: null, since: null, until: null, before: null }
  const filter = { ...everything, workspaceId, limit: mostRead, patience }
  const { rows } = await listEvents(database, filter, () => now().getTime())
  const ofItsTypes = new FanOut([{ ...endpoint, filter: null }], endpoint.stream)
  const wanted = new FanOut([endpoint], endpoint.stream)
  for (const summary of rows) {
    if (summary.test || ofItsTypes.plan({ ...summary, data: '{}' }).length === 0) continue
    const event = await findEvent(database, workspaceId, summary.id)
    if (event && wanted.plan(event).length > 0) return event
  }
  return null
}
