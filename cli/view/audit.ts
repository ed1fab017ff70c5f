import type { AuditEntry } from '@atlas-webhooks/sdk'
import type { Column } from './table.ts'
import { showTime } from './time.ts'

function named({ type, id, name }: AuditEntry['target']): string {
  if (name !== null) return `${name} (${id})`
  return type === id ? id : `${type} ${id}`
}

export const auditColumns: readonly Column<AuditEntry>[] = [
  { title: 'SEQUENCE', cell: ({ sequence }) => String(sequence), align: 'right' },
  { title: 'OCCURRED', cell: ({ occurred_at }) => showTime(occurred_at) },
  { title: 'ACTION', cell: ({ category, action }) => `${category}.${action}`, tone: () => 'accent' },
  { title: 'ACTOR', cell: ({ actor }) => named(actor), shrinks: true },
  { title: 'TARGET', cell: ({ target }) => named(target), shrinks: true },
  { title: 'DESCRIPTION', cell: ({ description }) => description, shrinks: true },
]
