import { ApiError } from '@atlas-webhooks/sdk/src/api-error.ts'

/** What people read of an error. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    const faults = error.errors.map(({ path, message }) => (path === '' ? message : `${path} ${message}`))
    return faults.length > 0 ? `${error.detail} ${faults.join('; ')}.` : error.detail
  }
  return error instanceof Error ? error.message : String(error)
}
