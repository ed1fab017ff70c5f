import type { Endpoint } from '../domain/endpoint.ts'

/** For rooms that no CLI ever connects to. */
export const noTunnels = {
  reaches: ({ tunnel }: Endpoint) => tunnel === null,
  taken() {},
  exchange: () => Promise.reject(new Error('no CLI is connected')),
  async upkeep() {},
}
