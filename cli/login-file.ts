import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseJson } from './json-file.ts'
import { UsageError } from './usage-error.ts'

/** What `atlas login` stores. */
export interface Login {
  readonly server: string
  readonly key: string
  readonly workspace: string | null
}

/** Where it is stored: in the folder that the system has for the settings of programs. */
export function loginPath(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(settingsFolder(env), 'atlas-webhooks', 'login.json')
}

function settingsFolder({ XDG_CONFIG_HOME, APPDATA }: Readonly<Record<string, string | undefined>>): string {
  if (XDG_CONFIG_HOME) return XDG_CONFIG_HOME
  if (process.platform === 'win32' && APPDATA) return APPDATA
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support')
  return join(homedir(), '.config')
}

/** null: nobody has logged in. */
export async function readLogin(path: string): Promise<Login | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  const { server, key, workspace } = (parseJson(text, path) ?? {}) as Partial<Login>
  if (typeof server !== 'string' || typeof key !== 'string') {
    throw new UsageError(`${path} is not what "atlas login" stores: run it again`)
  }
  return { server, key, workspace: typeof workspace === 'string' ? workspace : null }
}

/** Stores it for the user alone, and as a whole or not at all. */
export async function writeLogin(path: string, login: Login): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  try {
    await writeFile(draft, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    // The mode above is less what umask takes away.
    await chmod(draft, 0o600)
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}
