import type { Attempt, AttemptTimings } from '../domain/attempt.ts'
import { plainColumn } from './column.ts'

/** As attempts are stored. All of them null: nothing was measured, or a version before this stored it. */
export interface TimingRow {
  readonly dns_ms: number | null
  readonly connect_ms: number | null
  readonly tls_ms: number | null
  readonly first_byte_ms: number | null
}

/** The parameters for the columns of a `TimingRow`, in their order. */
export function timingColumns(recordings: readonly { readonly attempt: Attempt }[]): unknown[] {
  return (['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs'] as const).map((part) =>
    plainColumn(recordings.map(({ attempt }) => attempt.timings?.[part] ?? null)),
  )
}

export function toTimings(row: TimingRow): AttemptTimings | null {
  const { dns_ms: dnsMs, connect_ms: connectMs, tls_ms: tlsMs, first_byte_ms: firstByteMs } = row
  const timings = { dnsMs, connectMs, tlsMs, firstByteMs }
  return Object.values(timings).every((part) => part === null) ? null : timings
}
