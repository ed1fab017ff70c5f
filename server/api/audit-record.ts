import { isIP } from 'node:net'
import { type Static, Type } from 'typebox'
import {
  type AuditEntry,
  auditNamePattern,
  isPlausibleTime,
  longestDescription,
  longestMetadataBytes,
  type NewAuditEntry,
} from '../domain/audit.ts'
import { canonicalJson, inexactNumber } from '../domain/canonical-json.ts'
import { idPrefix, toTypeId } from '../domain/identifier.ts'
import { sliceMember, sliceMembersOfArray } from '../domain/json-text.ts'
import { type Fault, Problem } from '../errors.ts'
import { findIdempotencyKey } from '../storage/accept.ts'
import { type Caller, callerName } from './access.ts'
import { AuditReceipt } from './audit-answer.ts'
import { AuditRecorder, type Recording } from './audit-recorder.ts'
import { publishBodyBytes } from './body.ts'
import { plainText } from './field.ts'
import { idempotency } from './publish.ts'
import { type Answer, defineRoute, type Route } from './route.ts'
import { nullable } from './schema.ts'
import type { Services } from './services.ts'
import { invalid } from './validation.ts'

const singlePath = '/v1/workspaces/{workspace}/audit-log'
const batchPath = '/v1/workspaces/{workspace}/audit-log/batch'
const mostEntries = 1_000
const mostFaults = 100
const tag = 'Audit log'

const AuditName = Type.String({
  pattern: auditNamePattern,
  description: 'A letter, then letters, digits and _: at most 64, all in lower case.',
})
const Short = Type.String({ minLength: 1, maxLength: 64, pattern: plainText })
const Text = Type.String({ minLength: 1, maxLength: 200, pattern: plainText })

export const EntryToRecord = Type.Object(
  {
    category: AuditName,
    action: AuditName,
    actor: Type.Object(
      { type: Short, id: Text, name: Type.Optional(nullable(Text)), ip: Type.Optional(nullable(Type.String())) },
      { additionalProperties: false, description: 'Who did it.' },
    ),
    target: Type.Object(
      { type: Short, id: Text, name: Type.Optional(nullable(Text)) },
      { additionalProperties: false, description: 'What it was done to.' },
    ),
    description: Type.Optional(
      Type.String({ maxLength: longestDescription, pattern: '^[^\\u0000\\p{Cs}]*$', description: 'For people.' }),
    ),
    metadata: Type.Optional(
      Type.Object(
        {},
        { description: 'Any JSON object of up to 64 KiB. Whole numbers must fit a double: send longer ones as text.' },
      ),
    ),
    occurred_at: Type.Optional(
      Type.String({ format: 'date-time', description: 'Without it, now. At most 5 minutes ahead.' }),
    ),
  },
  {
    title: 'AuditEntryToRecord',
    additionalProperties: false,
    examples: [
      {
        category: 'team_member',
        action: 'invited',
        actor: { type: 'user', id: 'user_1', name: 'Jane Doe' },
        target: { type: 'user', id: 'user_2' },
        description: 'Jane Doe invited John Roe.',
      },
    ],
  },
)
type EntryToRecord = Static<typeof EntryToRecord>

const promise =
  'The answer means that it is stored. With an Idempotency-Key, a repetition within 24 hours gives the first answer and stores nothing.'

/** How products record what happened in them. */
export function auditRecordRoutes(services: Services): Route[] {
  const { database, now, pipeline } = services
  const recorder = new AuditRecorder(database, now, (workspaceId) => pipeline.audited(workspaceId))
  return [
    defineRoute({
      method: 'POST',
      path: singlePath,
      scope: 'publish',
      tag,
      summary: 'Record an audit entry',
      description: promise,
      idempotencyKey: true,
      body: EntryToRecord,
      responses: { 202: { description: 'The entry is stored.', schema: AuditReceipt } },
      async handle({ body, caller, text, raw, header, workspace }) {
        const metadata = () => [sliceMember(text, 'metadata')]
        const entries = readEntries(services, [body], metadata, text, caller, () => '')
        return await record(recorder, services.database, workspace.workspace.id, {
          entries,
          idempotency: idempotency(header('idempotency-key'), singlePath, raw),
          answer: ([entry]) => JSON.stringify(receipt(entry as AuditEntry)),
        })
      },
    }),
    defineRoute({
      method: 'POST',
      path: batchPath,
      scope: 'publish',
      tag,
      summary: `Record up to ${mostEntries.toLocaleString('en')} audit entries`,
      description: `All of them or none, one after the other in the chain. ${promise}`,
      idempotencyKey: true,
      bodyLimit: publishBodyBytes(0).batch,
      body: Type.Object(
        { entries: Type.Array(EntryToRecord, { minItems: 1, maxItems: mostEntries }) },
        { title: 'AuditEntriesToRecord', additionalProperties: false },
      ),
      responses: {
        202: {
          description: 'The entries are stored.',
          schema: Type.Object({ data: Type.Array(AuditReceipt) }, { title: 'AuditReceipts' }),
        },
      },
      async handle({ body, caller, text, raw, header, workspace }) {
        const metadata = () => sliceMembersOfArray(text, 'entries', 'metadata')
        const entries = readEntries(services, body.entries, metadata, text, caller, (index) => `entries.${index}.`)
        return await record(recorder, services.database, workspace.workspace.id, {
          entries,
          idempotency: idempotency(header('idempotency-key'), batchPath, raw),
          answer: (stored) => JSON.stringify({ data: stored.map(receipt) }),
        })
      },
    }),
  ]
}

const longNumber = /\d{16}/

/**
 * What is to be recorded, judged beyond what its schema says.
 *
 * @param metadataTexts gives the text of each entry's metadata as it came: asked for only where a number may not have
 *   survived being read
 * @param text the whole request
 * @param pathOf what the path of a fault in an entry begins with
 */
export function readEntries(
  { now }: Services,
  bodies: readonly EntryToRecord[],
  metadataTexts: () => readonly (string | null)[],
  text: string,
  caller: Caller,
  pathOf: (index: number) => string,
): NewAuditEntry[] {
  const recordedBy = callerName(caller)
  const texts = longNumber.test(text) ? metadataTexts() : []
  const faults: Fault[] = []
  const at = now()
  const entries = bodies.map((body, index): NewAuditEntry => {
    const path = pathOf(index)
    const { category, action, actor, target, description = '', metadata = {} } = body
    const canonical = canonicalJson(metadata)
    // A character takes at most three bytes, so most metadata need not be counted.
    if (canonical.length * 3 > longestMetadataBytes && Buffer.byteLength(canonical) > longestMetadataBytes) {
      throw new Problem('payload_too_large', `${path}metadata has more than ${longestMetadataBytes} bytes.`)
    }
    const inexact = inexactNumber(texts[index] ?? '')
    if (inexact !== null) {
      const message = `has a whole number, "${inexact}", that JSON's readers change: send it as text`
      faults.push({ path: `${path}metadata`, message })
    }
    if (actor.ip != null && isIP(actor.ip) === 0) {
      faults.push({ path: `${path}actor.ip`, message: 'must be an IPv4 or IPv6 address' })
    }
    const occurredAt = body.occurred_at === undefined ? null : new Date(body.occurred_at)
    if (occurredAt !== null && !isPlausibleTime(occurredAt, at)) {
      faults.push({ path: `${path}occurred_at`, message: 'must be at most 5 minutes ahead, and no leap second' })
    }
    return {
      ...{ category, action, description, metadata: canonical, occurredAt, recordedBy },
      actor: { type: actor.type, id: actor.id, name: actor.name ?? null, ip: actor.ip ?? null },
      target: { type: target.type, id: target.id, name: target.name ?? null },
    }
  })
  if (faults.length > 0) throw invalid(faults.slice(0, mostFaults))
  return entries
}

async function record(
  recorder: AuditRecorder,
  database: Services['database'],
  workspaceId: string,
  recording: Recording,
): Promise<Answer> {
  const text = await recorder.record(workspaceId, recording)
  if (text !== null) return { status: 202, text }
  const { idempotency } = recording
  const known = idempotency && (await findIdempotencyKey(database, workspaceId, idempotency.key))
  if (!known) throw new Problem('conflict', 'The idempotency key expired at this moment.')
  if (idempotency.bodyHash.equals(known.bodyHash)) return { status: 202, text: known.response }
  throw new Problem('idempotency_conflict', 'This Idempotency-Key was used with another body before.')
}

function receipt(entry: AuditEntry): Static<typeof AuditReceipt> {
  return {
    id: toTypeId(idPrefix.auditEntry, entry.id),
    sequence: entry.sequence,
    hash: entry.hash,
    occurred_at: entry.occurredAt.toISOString(),
    recorded_at: entry.recordedAt.toISOString(),
  }
}
