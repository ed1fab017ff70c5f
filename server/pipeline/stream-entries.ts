import { auditEvent } from '../domain/audit-event.ts'
import { type AcceptResult, accept, type PlannedPublication } from '../storage/accept.ts'
import {
  boundStreaming,
  lockCursors,
  moveCursors,
  readStretches,
  type Stretch,
  streamingAmong,
} from '../storage/audit-stream.ts'
import type { Database, Session } from '../storage/database.ts'
import { isUnavailable, isUnpartitioned } from '../storage/failure.ts'
import { createPartitions } from '../storage/partition.ts'
import type { Clock } from './clock.ts'
import type { Configuration, WorkspaceConfiguration } from './configuration.ts'
import type { Dispatch } from './dispatch.ts'
import type { HandOver } from './hand-over.ts'
import type { Node } from './node.ts'

export interface StreamEntriesOptions {
  readonly database: Database
  readonly configuration: Configuration
  readonly dispatch: Dispatch
  readonly handOver: HandOver
  readonly node: Node
  readonly clock: Clock
}

/** What is next for workspaces of which entries were streamed; those that are not named have nothing more. */
export interface Streamed {
  /** There are more entries. */
  readonly more: readonly string[]
  /** The configuration has changed meanwhile: nothing was streamed. */
  readonly stale: readonly string[]
  /** Another node was at it. */
  readonly busy: readonly string[]
  /** No endpoint takes entries any more. */
  readonly unwanted: readonly string[]
}

/** What is stored of one workspace: the next entries of its chain, with their deliveries. */
interface Planned {
  readonly publication: PlannedPublication
  /** The sequence of the last entry. */
  readonly upTo: number
  /** When its entries were recorded. */
  readonly times: readonly Date[]
  readonly more: boolean
  readonly wanted: boolean
}

// One transaction, divided between the workspaces that have something to stream.
const mostEntries = 500
const mostBytes = 8 * 1024 * 1024
const mostDeliveries = 10_000
const longestTurnMs = 20

/**
 * Streams the next entries of some workspaces, in one transaction: events with their deliveries, and how far the chains
 * have been streamed. Then the deliveries are handed over to dispatch. Rejects as the database does.
 */
export async function streamEntries(options: StreamEntriesOptions, group: readonly string[]): Promise<Streamed> {
  const { database, dispatch, handOver, node, clock } = options
  const configurations = await load(options, group)
  const absent = new Set(configurations.keys())
  const planned: Planned[] = []
  const owner = node.id
  const now = new Date(clock.now())
  let accepted: AcceptResult
  try {
    accepted = await database.transaction(async (transaction) => {
      await boundStreaming(transaction)
      const cursors = await lockCursors(transaction, [...absent])
      for (const { workspaceId } of cursors) absent.delete(workspaceId)
      const share = (whole: number): number => Math.ceil(whole / Math.max(1, cursors.length))
      const most = { entries: share(mostEntries), bytes: share(mostBytes) }
      for (const [workspaceId, stretch] of await readStretches(transaction, cursors, most)) {
        const configuration = configurations.get(workspaceId)
        if (configuration) planned.push(await plan(handOver, configuration, stretch, share(mostDeliveries)))
      }
      return await store(transaction, planned, owner, now)
    })
  } catch (error) {
    for (const { publication } of planned) handOver.cancel(publication)
    // It may be committed all the same: then its deliveries are owned by this node, which does not have them.
    if (isUnavailable(error)) dispatch.reconcile()
    if (!isUnpartitioned(error)) throw error
    // What was recorded longer ago than events are kept, or by a clock that is ahead, had no place.
    const times = new Map(planned.flatMap((each) => each.times).map((time) => [time.toISOString().slice(0, 10), time]))
    for (const time of times.values()) await createPartitions(database, time, time)
    return { more: group, stale: [], busy: [], unwanted: [] }
  }
  const stale = handOverAll(handOver, planned, accepted, owner, now)
  const streamed = planned.filter(({ publication }) => !stale.includes(publication.workspaceId))
  return {
    more: workspacesOf(streamed.filter(({ more }) => more)),
    stale,
    busy: absent.size === 0 ? [] : await streamingAmong(database, [...absent]),
    unwanted: workspacesOf(streamed.filter(({ more, wanted }) => !more && !wanted)),
  }
}

async function load(
  { configuration: known }: StreamEntriesOptions,
  group: readonly string[],
): Promise<ReadonlyMap<string, WorkspaceConfiguration>> {
  const configurations = new Map<string, WorkspaceConfiguration>()
  for (const workspaceId of group) {
    const configuration = await known.workspace(workspaceId)
    if (configuration) configurations.set(workspaceId, configuration)
  }
  return configurations
}

/** An entry that nobody wants is not stored: that it happened is in the log. */
async function plan(
  handOver: HandOver,
  { workspace, auditFanOut }: WorkspaceConfiguration,
  { entries, cut }: Stretch,
  most: number,
): Promise<Planned> {
  const { id: workspaceId, configVersion, auditTypePrefix } = workspace
  const events: PlannedPublication['events'][number][] = []
  let [deliveries, taken] = [0, 0]
  let turnEndsAt = performance.now() + longestTurnMs
  for (const entry of entries) {
    // Tenants' filters decide how long this takes; others must be served meanwhile.
    if (performance.now() > turnEndsAt) {
      await new Promise(setImmediate)
      turnEndsAt = performance.now() + longestTurnMs
    }
    const event = auditEvent(entry, auditTypePrefix)
    const endpoints = auditFanOut.planEntry(event, entry.sequence)
    deliveries += endpoints.length
    if (taken > 0 && deliveries > most) break
    taken++
    if (endpoints.length > 0) events.push({ event, idGiven: false, deliveries: handOver.plan(event, endpoints) })
  }
  const streamed = entries.slice(0, taken)
  const last = streamed.at(-1)
  if (!last) throw new RangeError('a stretch has at least one entry')
  return {
    publication: { workspaceId, stream: 'audit', configVersion, idempotency: null, response: '', events },
    ...{ upTo: last.sequence, times: streamed.map(({ recordedAt }) => recordedAt) },
    ...{ more: cut || taken < entries.length, wanted: auditFanOut.isWanted },
  }
}

/** Also where nobody wants any of the entries: whether that is so is known only if the configuration is not stale. */
async function store(
  transaction: Session,
  planned: readonly Planned[],
  owner: number,
  now: Date,
): Promise<AcceptResult> {
  if (planned.length === 0) return { results: [], nodeAlive: true }
  const publications = planned.map(({ publication }) => publication)
  const accepted = await accept(transaction, publications, owner, now)
  const moved = planned.filter((_, index) => accepted.results[index]?.kind === 'accepted')
  await moveCursors(
    transaction,
    moved.map(({ publication, upTo }) => ({ workspaceId: publication.workspaceId, sequence: upTo })),
  )
  return accepted
}

/** Gives the workspaces of which nothing was stored. */
function handOverAll(
  handOver: HandOver,
  planned: readonly Planned[],
  { results, nodeAlive }: AcceptResult,
  owner: number,
  now: Date,
): string[] {
  const refused: string[] = []
  for (const [index, { publication }] of planned.entries()) {
    const result = results[index]
    if (result?.kind === 'accepted') handOver.commit(publication, result.sequences, nodeAlive ? owner : 0, now)
    else {
      handOver.cancel(publication)
      refused.push(publication.workspaceId)
    }
  }
  return refused
}

function workspacesOf(planned: readonly Planned[]): string[] {
  return planned.map(({ publication }) => publication.workspaceId)
}
