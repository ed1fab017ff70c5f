/** What was typed, or what it names, cannot be used; nothing was done. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** It was tried and came to nothing, for a reason that the message gives. Exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure'
}
