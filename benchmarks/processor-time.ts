import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

// A tick is a hundredth of a second on every Linux that Node.js runs on.
const usPerTick = 10_000

interface ProcessTimes {
  readonly parent: number
  /** Microseconds of the process itself, and of its children that have ended. */
  readonly own: number
  readonly ended: number
}

/** Processor time of a process so far, in microseconds; NaN where the system does not say (only Linux does). */
export async function processTime(pid: number): Promise<number> {
  return (await readTimes(pid))?.own ?? Number.NaN
}

/** The same for the Postgres of a data directory with all its processes. */
export async function postgresTime(dataDirectory: string): Promise<number> {
  const pidFile = await readFile(join(dataDirectory, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
  const postmaster = Number.parseInt(pidFile, 10)
  const main = await readTimes(postmaster)
  if (main === null) return Number.NaN
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(pids.map((pid) => readTimes(Number(pid))))
  const children = all.filter((times) => times?.parent === postmaster)
  return children.reduce((sum, times) => sum + (times?.own ?? 0), main.own + main.ended)
}

async function readTimes(pid: number): Promise<ProcessTimes | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  if (stat === '') return null
  // The name of the program, in parentheses, may hold anything; what follows are numbers (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) * usPerTick
  return { parent: Number(fields[1]), own: ticks(11), ended: ticks(13) }
}
