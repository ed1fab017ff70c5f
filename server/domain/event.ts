/** Something that happened in a workspace. Immutable once accepted. */
export interface Event {
  readonly id: string
  readonly workspaceId: string
  readonly type: string
  readonly tags: readonly string[]
  /** Unix seconds, as it goes out. */
  readonly created: number
  /** The JSON text of `data` exactly as published: never parsed and printed again, so numbers keep their digits. */
  readonly data: string
}

/** The version of the body's layout that receivers see in `api_version`. */
export const apiVersion = '2026-01-15'

/** How deep a published body may nest. */
export const maxNestingDepth = 64
