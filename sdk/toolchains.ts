import { spawnSync } from 'node:child_process'

/** The command that runs Python 3.10 or newer; null: there is none. */
export function findPython(): string | null {
  const runs = (command: string) =>
    spawnSync(command, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))'], { stdio: 'ignore' }).status === 0
  return ['python3', 'python'].find(runs) ?? null
}

/** The command of Go 1.24 or newer; null: there is none. */
export function findGo(): string | null {
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, ...toolSettings },
  })
  const [, minor = '0'] = /^go1\.(\d+)/.exec(stdout ?? '') ?? []
  return status === 0 && Number(minor) >= 24 ? 'go' : null
}

/** Variables for Python and Go: the one leaves nothing behind, the other downloads nothing. */
export const toolSettings: Readonly<Record<string, string>> = {
  PYTHONDONTWRITEBYTECODE: '1',
  ...{ GOTOOLCHAIN: 'local', GOPROXY: 'off', GOFLAGS: '-mod=readonly' },
}
