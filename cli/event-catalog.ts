import type { Atlas, EventType } from '@atlas-webhooks/sdk'
import { nearest } from './nearest.ts'

/** All event types that the workspace knows, by their names. */
export async function readCatalog(atlas: Atlas): Promise<ReadonlyMap<string, EventType>> {
  const types = new Map<string, EventType>()
  for await (const type of atlas.eventTypes.list()) types.set(type.name, type)
  return types
}

/** What to say about a type that the catalog lacks. */
export function unknownType(name: string, catalog: ReadonlyMap<string, EventType>): string {
  const meant = nearest(name, catalog.keys())
  return `there is no event type "${name}"${meant === null ? '' : `; did you mean ${meant}?`}`
}

/** The patterns that can match nothing in the catalog since they are names that it lacks. */
export function unknownNames(patterns: readonly string[], catalog: ReadonlyMap<string, EventType>): string[] {
  return patterns.filter((pattern) => !/[*{}]/.test(pattern) && !catalog.has(pattern))
}
