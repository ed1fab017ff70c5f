/** An event as it arrives: `type` says what its `data` is. */
export interface EventOf<Type extends string, Data> {
  /** Of the event: the same on every attempt and replay, so this is what to deduplicate on. */
  id: string
  type: Type
  /** When it happened, in Unix seconds. */
  created: number
  api_version: string
  /** The number of this delivery at its endpoint: 1, 2, 3, … without a gap; 0 for a test. See `SequenceGuard`. */
  sequence: number
  data: Data
}

/** One event of a batch, in the JSON format of CloudEvents 1.0. */
export interface CloudEvent<Data = unknown> {
  specversion: '1.0'
  id: string
  source: string
  type: string
  /** When it occurred, ISO 8601. */
  time: string
  /** The id of what it is about, where there is such a thing. */
  subject?: string
  datacontenttype: 'application/json'
  /** The number of this delivery at its endpoint, with zeros in front. */
  sequence?: string
  /** The id of the endpoint. */
  atlasendpoint?: string
  data: Data
}

/** The `data` of an audit entry that arrives as a CloudEvent. */
export interface AuditData {
  actor: { type: string; id: string; name?: string | null; ip?: string | null }
  action: { category: string; action: string }
  target: { type: string; id: string; name?: string | null }
  description: string | null
  metadata: Record<string, unknown>
}
