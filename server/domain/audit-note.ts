import type { AuditActor, NewAuditEntry } from './audit.ts'
import type { BuiltInAction } from './audit-actions.ts'
import { canonicalJson } from './canonical-json.ts'

/** What Atlas says about something that was done in it. Never a secret. */
export interface AuditNote {
  readonly action: BuiltInAction
  readonly target: { readonly type: string; readonly id: string; readonly name?: string | null }
  readonly description: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** For what Atlas does without being asked. */
export const systemActor: AuditActor = { type: 'system', id: 'atlas', name: null, ip: null }

export function noted({ action, target, description, metadata = {} }: AuditNote, actor: AuditActor): NewAuditEntry {
  const [category = '', name = ''] = action.split('.')
  return {
    ...{ category, action: name, actor, description, occurredAt: null, recordedBy: 'atlas' },
    target: { type: target.type, id: target.id, name: target.name ?? null },
    // Dates and undefined values have no canonical form; as JSON they are texts and nothing.
    metadata: canonicalJson(JSON.parse(JSON.stringify(metadata))),
  }
}

/** The fields that differ, each with what it was and what it is. */
export function changesBetween(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Record<string, { before: unknown; after: unknown }> {
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  return Object.fromEntries(names.map((name) => [name, { before: before[name], after: after[name] }]))
}
