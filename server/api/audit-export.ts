import type { AuditEntry, operatorChain } from '../domain/audit.ts'
import { chainName, recordOf } from '../domain/audit-chain.ts'
import { checkpointRecord } from '../domain/audit-checkpoint.ts'
import { type AuditChain, findAuditChain, readAudit } from '../storage/audit.ts'
import { lastCheckpointIn, readCheckpoints } from '../storage/audit-checkpoint.ts'
import { lastRecordedBefore } from '../storage/audit-purge.ts'
import type { Database } from '../storage/database.ts'
import type { Answer } from './route.ts'

// With the longest metadata this is what is in memory for one export: some 13 MB.
const readAtOnce = 200

export const exportMediaType = 'application/x-ndjson'

export const exportDescription = `JSON lines (NDJSON), oldest first: \`{"chain": …}\`, then \`{"entry": …}\` and \`{"checkpoint": …}\` in the order of the chain, and \`{"end": …}\`. Without the last line the export is not complete. With \`since\` it begins after the last checkpoint before that time, so that a part can be verified too.`

/** What was recorded from a time on, and before another; null: all of it. */
export interface ExportTimes {
  readonly since: Date | null
  readonly until: Date | null
}

/** The log of a workspace as a file. It holds what was there when it began. */
export function exportAnswer(
  database: Database,
  workspaceId: string | typeof operatorChain,
  times: ExportTimes = { since: null, until: null },
): Answer {
  const headers = { 'content-disposition': `attachment; filename="audit-${chainName(workspaceId)}.ndjson"` }
  return { status: 200, stream: exportLines(database, workspaceId, times), mediaType: exportMediaType, headers }
}

async function* exportLines(database: Database, workspaceId: string, times: ExportTimes): AsyncGenerator<string> {
  const chain = await findAuditChain(database, workspaceId)
  const { after, upTo, isPart } = await rangeOf(database, workspaceId, chain, times)
  const frame = { v: 1, workspace: chainName(workspaceId), after_sequence: after, last_sequence: upTo }
  yield line({ chain: isPart ? { ...frame, part: true } : frame })
  // The place that the first entry follows on, if something is not in it.
  yield* checkpointLines(database, workspaceId, after, after)
  let last = after
  let lastHash: string | null = null
  for (;;) {
    const entries = await readAudit(database, workspaceId, { after: last, upTo, limit: readAtOnce })
    const newest = entries.at(-1)
    if (entries[0]?.sequence !== last + 1) await requireUnpurged(database, workspaceId, last)
    if (!newest) break
    yield* withCheckpoints(database, entries)
    last = newest.sequence
    lastHash = newest.hash
  }
  yield line({ end: { sequence: last, hash: lastHash } })
}

/** A part begins at a checkpoint, else at the beginning: it can be verified only from a place that is known for sure. */
async function rangeOf(
  database: Database,
  workspaceId: string,
  chain: AuditChain | null,
  { since, until }: ExportTimes,
): Promise<{ after: number; upTo: number; isPart: boolean }> {
  const { lastSequence, purgedSequence } = chain ?? { lastSequence: 0, purgedSequence: 0 }
  const recordedBefore = async (time: Date) => {
    const found = await lastRecordedBefore(database, { workspaceId, lastSequence, purgedSequence }, time)
    return found?.sequence ?? purgedSequence
  }
  const upTo = until === null ? lastSequence : await recordedBefore(until)
  const before = since === null ? purgedSequence : Math.min(await recordedBefore(since), upTo)
  const after = (await lastCheckpointIn(database, workspaceId, { from: purgedSequence, to: before })) ?? purgedSequence
  return { after, upTo, isPart: after > purgedSequence || upTo < lastSequence }
}

/** Breaks an export off that a purge has overtaken: what is missing then would look as if somebody had removed it. */
async function requireUnpurged(database: Database, workspaceId: string, after: number): Promise<void> {
  const chain = await findAuditChain(database, workspaceId)
  if (chain && chain.purgedSequence > after) throw new Error('the entries that are to be exported were purged')
}

async function* withCheckpoints(database: Database, entries: readonly AuditEntry[]): AsyncGenerator<string> {
  const [from, to] = [entries[0] as AuditEntry, entries.at(-1) as AuditEntry]
  const range = { from: from.sequence, to: to.sequence }
  const checkpoints = await readCheckpoints(database, from.workspaceId, range)
  const bySequence = new Map(checkpoints.map((checkpoint) => [checkpoint.sequence, checkpoint]))
  let text = ''
  for (const entry of entries) {
    text += line({ entry: recordOf(entry) })
    const checkpoint = bySequence.get(entry.sequence)
    if (checkpoint) text += line({ checkpoint: checkpointRecord(checkpoint) })
  }
  yield text
}

async function* checkpointLines(
  database: Database,
  workspaceId: string,
  from: number,
  to: number,
): AsyncGenerator<string> {
  for (const checkpoint of await readCheckpoints(database, workspaceId, { from, to })) {
    yield line({ checkpoint: checkpointRecord(checkpoint) })
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
