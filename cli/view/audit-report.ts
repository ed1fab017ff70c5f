import type { ChainFault } from '../../server/domain/audit-chain.ts'
import type { ExportReport } from '../../server/domain/audit-export.ts'
import { printable } from './printable.ts'
import { details, type Screen } from './table.ts'
import { showTime } from './time.ts'

const mostShown = 20
// Checkpoints are made once an hour.
const longestUnsignedMs = 2 * 3_600_000

/** What was found, for people. */
export function reportView(report: ExportReport, screen: Screen): string {
  const { style } = screen
  const { faults, isPart, lastSequence, purgedUpTo, signedUpTo, checkpoints } = report
  const range = report.entries === 0 ? 'none' : `${purgedUpTo + 1} to ${lastSequence}`
  const head = details(
    [
      ['Log', report.workspace === null ? 'unknown' : printable(report.workspace)],
      ['Entries', report.entries === 0 ? 'none' : `${report.entries}, from ${range}`],
      [isPart ? 'Not in it' : 'Purged', purgedUpTo === 0 ? null : `1 to ${purgedUpTo}`],
      ['Part', isPart ? 'of the log only' : null],
      ['Signed', signedUpTo === 0 ? 'nothing' : `up to entry ${signedUpTo}, with ${count(checkpoints, 'checkpoint')}`],
      ['Not signed', unsigned(report, screen)],
    ],
    screen,
  )
  if (faults.length === 0) return `${head}\n${style('good', 'The chain is whole.')}\n`
  const shown = faults.slice(0, mostShown).map((fault) => `${style('bad', sentenceOf(fault))}\n`)
  const rest = faults.length > mostShown ? `and ${count(faults.length - mostShown, 'more fault')}\n` : ''
  return `${head}\n${shown.join('')}${rest}`
}

/** What no checkpoint vouches for. The last hour of a log is like that; more of it is worth a question. */
function unsigned({ unsignedSince, lastRecordedAt }: ExportReport, { style }: Screen): string | null {
  if (unsignedSince === null || lastRecordedAt === null) return null
  const since = `from ${showTime(unsignedSince)} on`
  if (Date.parse(lastRecordedAt) - Date.parse(unsignedSince) < longestUnsignedMs) return since
  return style('warning', `${since}: that is long, so checkpoints may have been removed`)
}

/** In few words, for the line that ends the command. */
export function whatIsWrong(faults: readonly ChainFault[]): string {
  const [first] = faults
  const others = faults.length === 1 ? '' : `, and ${count(faults.length - 1, 'more fault')}`
  return first === undefined ? '' : `${sentenceOf(first)}${others}`
}

function sentenceOf({ kind, from, to, detail }: ChainFault): string {
  const [which, verb] = from === to ? [`entry ${from}`, 'was'] : [`entries ${from} to ${to}`, 'were']
  const what = kind === 'truncated' ? 'cut off' : kind
  return `${which} ${verb} ${what}: ${printable(detail)}`
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
