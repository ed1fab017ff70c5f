import { fromTypeId, type IdPrefix } from '../server/domain/identifier.ts'

/** The id that the database has for one that the server answered. */
export function uuidOf(prefix: IdPrefix, id: string): string {
  const uuid = fromTypeId(prefix, id)
  if (uuid === null) throw new Error(`the server answered ${id} as an id`)
  return uuid
}
