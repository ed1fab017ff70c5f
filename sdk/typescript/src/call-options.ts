/** What may be said with every call. */
export interface CallOptions {
  /** The id or the slug of the workspace, if not that of the client. */
  readonly workspace?: string | undefined
  /** Ends the call, its repetitions included. */
  readonly signal?: AbortSignal | undefined
  /** For one attempt, and in a stream for the wait for more. That of the client unless set. */
  readonly timeoutMs?: number | undefined
  /** How often it is repeated at most. That of the client unless set. */
  readonly retries?: number | undefined
}

export interface IdempotentCallOptions extends CallOptions {
  /**
   * A call with the same key and the same body gives the first answer and stores nothing. Without it every call has a
   * key of its own, which is enough for its repetitions.
   */
  readonly idempotencyKey?: string | undefined
}
