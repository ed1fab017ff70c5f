import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runCli } from './testing/run-cli.ts'

async function scriptFor(t: TestContext, shell: string): Promise<string> {
  const { code, stdout, stderr } = await runCli(['completion', shell])
  assert.deepEqual([code, stderr], [0, ''])
  const folder = await mkdtemp(join(tmpdir(), 'atlas-completion-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, `atlas.${shell}`)
  await writeFile(file, stdout)
  return file
}

function run(shell: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(shell, args, { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''], `${shell} ${args.join(' ')}`)
  return stdout
}

const isHere = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0

test('bash completes commands, options and their values', async (t) => {
  const file = await scriptFor(t, 'bash')
  run('bash', ['-n', file])
  /** What Tab offers when the last of these words is being typed. */
  const offered = (...words: string[]): string[] => {
    const script = `source "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _atlas; printf '%s\\n' "\${COMPREPLY[@]}"`
    return run('bash', ['-c', script, 'bash', file, ...words])
      .split('\n')
      .filter((word) => word !== '')
  }
  assert.deepEqual(offered('atlas', 'ev'), ['events'])
  assert(offered('atlas', '').includes('dead-letters'))
  assert.deepEqual(offered('atlas', 'events', ''), ['list', 'show', 'resend'])
  assert.deepEqual(offered('atlas', '--workspace', 'events', '--json', 'events', 'l'), ['list'])
  assert.deepEqual(offered('atlas', 'events', 'list', '--t'), ['--type', '--tag'])
  assert(offered('atlas', 'events', 'list', '--').includes('--server'))
  assert.deepEqual(offered('atlas', 'deliveries', 'list', '--state', 'de'), ['delivering', 'delivered', 'dead_letter'])
  assert.deepEqual(offered('atlas', 'completion', ''), ['bash', 'zsh', 'fish'])
  assert.deepEqual(offered('atlas', 'audit', 'verify', '--file', `${file.slice(0, -2)}`), [file])
  assert.deepEqual(offered('atlas', 'events', 'list', '--type', ''), [], 'a value that may be anything')
  assert.deepEqual(offered('atlas', 'nonsense', 'ev'), ['events'])
})

for (const [shell, flag] of [
  ['zsh', '-n'],
  ['fish', '--no-execute'],
] as const) {
  test(`the script for ${shell} is one that ${shell} understands`, async (t) => {
    const file = await scriptFor(t, shell)
    if (isHere(shell)) run(shell, [flag, file])
    else t.diagnostic(`${shell} is not here, so nobody has read the script`)
  })
}

test('other shells are refused', async () => {
  const { code, stdout, stderr } = await runCli(['completion', 'tcsh'])
  assert.deepEqual([code, stdout], [2, ''])
  assert.match(
    stderr,
    /^error: command-argument value 'tcsh' is invalid for argument 'shell'\. Allowed choices are bash, zsh, fish\.\n$/,
  )
})
