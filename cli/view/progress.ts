import type { Screen } from './table.ts'

const longestBar = 30

/** One line: how much of a job is done. A total of null is not known yet. */
export function progressBar(done: number, total: number | null, { style, width }: Screen): string {
  if (total === null) return `${done}, still counting`
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const figures = `${done} of ${total}`
  const room = Math.max(5, Math.min(longestBar, (width ?? 80) - figures.length - 9))
  const filled = Math.floor(share * room)
  const bar = style('good', '█'.repeat(filled)) + style('faint', '░'.repeat(room - filled))
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${figures}`
}
