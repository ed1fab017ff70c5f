import { execFile } from 'node:child_process'
import { readFile, readlink, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { BaseLogger } from 'pino'
import { SHUTDOWN } from './embedded-process.ts'

const POLL_MS = 10

/**
 * Stops the Postgres that a killed server has left behind on this cluster, and removes its pid file. The caller
 * holds the lock of the data directory, so what still runs here belongs to nobody.
 */
export async function stopOrphan(folder: string, log: BaseLogger): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid')
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10)
  if (!(pid > 1)) return
  for (const [signal, patienceMs] of SHUTDOWN) {
    if (!(await isPostmasterOf(folder, pid))) break
    log.warn({ pid, signal }, 'stopping the Postgres of a server that was killed')
    signalIfAlive(pid, signal)
    const deadline = performance.now() + patienceMs
    while (performance.now() < deadline && (await isPostmasterOf(folder, pid))) await sleep(POLL_MS)
  }
  // Postgres refuses to start if the id in a stale file belongs to whatever process has got it since.
  await rm(pidFile, { force: true })
}

/** Whether the process is a Postgres that runs on this very cluster: ids are given out again. */
async function isPostmasterOf(folder: string, pid: number): Promise<boolean> {
  try {
    if (process.platform === 'linux') {
      const [cwd, name] = await Promise.all([readlink(`/proc/${pid}/cwd`), readFile(`/proc/${pid}/comm`, 'utf8')])
      return cwd === (await realpath(folder)) && name.trim() === 'postgres'
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])
    return stdout.includes('postgres') && stdout.includes(`-D ${folder} `)
  } catch {
    return false
  }
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
