import type { Endpoint } from '../domain/endpoint.ts'
import type { EndpointQueue } from './endpoint-queue.ts'

// Claims look for more when fewer than this many times an endpoint's requests in flight wait in memory.
const lowWater = 2
const claimsPerEndpoint = 4
// A serialized endpoint's line in memory: short, since all of it goes back when its head has to wait.
const line = 50
const shortLine = 10

/** How many deliveries an endpoint should get from the database, or how many batches; 0: it has enough in memory. */
export function shareOf(queue: EndpointQueue, endpoint: Endpoint | undefined): number {
  if (!endpoint) return queue.waiting === 0 ? 1 : 0
  const { serialize, batch, maxPerSecond, maxInFlight } = endpoint
  if (serialize) return queue.waiting < shortLine ? line - queue.waiting : 0
  const inFlight = queue.concurrency.limit(maxInFlight)
  if (batch) {
    const batches = maxPerSecond === null ? inFlight : Math.min(inFlight, Math.ceil(maxPerSecond * lowWater))
    return queue.waiting < batch.maxEvents * lowWater ? batches : 0
  }
  const share = queue.struggling ? inFlight - queue.waiting : moreFor(queue.waiting, inFlight)
  // What is claimed counts as being delivered: a slow endpoint has no use for much of it.
  const paced = maxPerSecond === null ? share : Math.min(share, Math.ceil(maxPerSecond * lowWater) - queue.waiting)
  return Math.max(0, paced)
}

function moreFor(waiting: number, inFlight: number): number {
  return waiting < inFlight * lowWater ? inFlight * claimsPerEndpoint - waiting : 0
}
