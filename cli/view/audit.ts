import type { AuditEntry } from '@atlas-webhooks/sdk'
import type { Column } from './table.ts'
import { showTime } from './time.ts'

const named = ({ type, id, name }: AuditEntry['target']): string =>
  name === null ? `${type} ${id}` : `${name} (${id})`

export const auditColumns: readonly Column<AuditEntry>[] = [
  { title: 'SEQUENCE', cell: ({ sequence }) => String(sequence), align: 'right' },
  { title: 'OCCURRED', cell: ({ occurred_at }) => showTime(occurred_at) },
  { title: 'ACTION', cell: ({ category, action }) => `${category}.${action}`, tone: () => 'accent' },
  { title: 'ACTOR', cell: ({ actor }) => named(actor), shrinks: true },
  { title: 'TARGET', cell: ({ target }) => named(target), shrinks: true },
  { title: 'DESCRIPTION', cell: ({ description }) => description, shrinks: true },
]
