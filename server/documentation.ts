import { type Setting, settings } from './config.ts'
import { builtInActions } from './domain/audit-actions.ts'
import { builtInEventTypes, type EventType } from './domain/event-type.ts'
import { batchProfiles } from './domain/profile.ts'
import { catalogue } from './errors.ts'
import { batchFormats } from './formats/batch-formats.ts'
import { compressionOptions } from './formats/compression.ts'
import { presets } from './formats/presets.ts'

/** Writes what the code says into a page of the documentation, so that the page cannot say anything else. */
type Part = () => string

const parts: Readonly<Record<string, Part>> = {
  settings: settingsTable,
  errors: errorsTable,
  'event types': eventTypesList,
  'batch limits': batchLimitsTable,
  'batch options': batchOptionsTable,
  presets: presetsTable,
  'audit actions': auditActionsTable,
}

const marked = /(<!-- generated: ([\w ]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g

/** A page with its generated parts as they have to be. Throws when it asks for a part that does not exist. */
export function renderPage(page: string): string {
  return page.replace(marked, (_, begin: string, name: string, end: string) => {
    const part = parts[name]
    if (!part) throw new Error(`there is no generated part "${name}"`)
    return `${begin}${part()}\n${end}`
  })
}

/** Aligned, as the formatter would have it: otherwise formatting would put a page out of date. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return lines.map(line).toSpliced(1, 0, rule).join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}

function settingsTable(): string {
  const rows = (Object.values(settings) as Setting<unknown>[]).map(
    ({ name, alias, fallback, devFallback, meaning }) => [
      alias === undefined ? code(name) : `${code(name)}, else ${code(alias)}`,
      [defaultOf(fallback), ...(devFallback === undefined ? [] : [`with \`--dev\`: ${code(devFallback)}`])].join('; '),
      meaning,
    ],
  )
  return table(['name', 'default', 'meaning'], rows)
}

function defaultOf(fallback: string | null): string {
  if (fallback === null) return 'not set'
  return fallback === '' ? 'empty' : code(fallback)
}

function errorsTable(): string {
  const rows = Object.entries(catalogue).map(([name, { status, title }]) => [String(status), code(name), title])
  return table(['status', 'code', 'title'], rows)
}

function auditActionsTable(): string {
  const rows = builtInActions.map(({ category, action, description }) => [code(`${category}.${action}`), description])
  return table(['action', 'when'], rows)
}

function eventTypesList(): string {
  const groups = Map.groupBy(builtInEventTypes, ({ group }) => group)
  return [...groups].map(([group, types]) => `### ${group}\n\n${typesTable(types)}`).join('\n\n')
}

function typesTable(types: readonly EventType[]): string {
  return table(
    ['type', 'when'],
    types.map(({ name, description }) => [code(name), description]),
  )
}

function batchLimitsTable(): string {
  const rows = batchProfiles.map((profile) => {
    const { mostBytes, mostItems } = batchFormats[profile]
    return [code(profile), mostBytes.toLocaleString('en'), mostItems.toLocaleString('en')]
  })
  return table(['profile', 'bytes', 'events'], rows)
}

function batchOptionsTable(): string {
  const own = batchProfiles.map((profile) => [code(profile), batchFormats[profile].options] as const)
  const rows = [['all', compressionOptions] as const, ...own].flatMap(([profile, options]) =>
    Object.entries(options).map(([name, { fallback, meaning }]) => [profile, code(name), fallback, meaning]),
  )
  return table(['profile', 'option', 'default', 'meaning'], rows)
}

function presetsTable(): string {
  const rows = presets.map(({ name, profile, url, headers, options }) => [
    ...[name, code(profile), code(url)],
    ...[headers, options].map((given) => (Object.keys(given).length === 0 ? '' : code(JSON.stringify(given)))),
  ])
  return table(['destination', '`profile`', '`url`', '`headers`', '`options`'], rows)
}
