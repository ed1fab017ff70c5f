import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from './program.ts'
import { runCli } from './testing/run-cli.ts'

const program = createProgram()

/** Every command that does something, with what is typed to get there. */
function leaves(command: Command, path: readonly string[] = []): (readonly [path: readonly string[], Command])[] {
  if (command.commands.length === 0) return [[path, command]]
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]))
}

const all = leaves(program)

test('every command says what it does, with examples that can be typed', () => {
  assert(all.length >= 31)
  for (const [path, command] of all) {
    const words = ['atlas', ...path].join(' ')
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text) })
    command.outputHelp()
    const [, examples = ''] = help.split('\nExamples:\n')
    assert(examples.includes(words), `${words} has no example`)
    for (const line of examples.trim().split('\n')) assert.match(line.trim(), /^\$ .*\batlas /, words)
    assert.match(help, /Global Options:[\s\S]*--server[\s\S]*--key[\s\S]*--workspace[\s\S]*--json/, words)
    assert(command.description().length > 0)
    for (const { description, flags } of command.options) assert(description, `${words} ${flags}`)
  }
})

test('docs/cli.md names every command', async () => {
  const page = await readFile(join(import.meta.dirname, '..', 'docs', 'cli.md'), 'utf8')
  for (const [path] of all) assert(page.includes(`\`${path.join(' ')}\``), `docs/cli.md lacks ${path.join(' ')}`)
})

test('help goes to standard output with code 0, and what cannot be understood to standard error with code 2', async () => {
  const [help, deep, version, nothing, group, slip, option, argument] = await Promise.all(
    [
      ...[['--help'], ['webhooks', 'trigger', '--help'], ['--version'], [], ['events'], ['events', 'lsit']],
      ...[
        ['events', 'list', '--tpye', 'x'],
        ['events', 'show'],
      ],
    ].map((args) => runCli(args)),
  )
  for (const result of [help, deep, version]) assert.deepEqual([result?.code, result?.stderr], [0, ''])
  for (const result of [nothing, group, slip, option, argument])
    assert.deepEqual([result?.code, result?.stdout], [2, ''])
  assert.match(help?.stdout ?? '', /^Usage: atlas [\s\S]*Exit codes: 0 done/)
  assert.match(version?.stdout ?? '', /^\d+\.\d+\.\d+\n$/)
  assert.match(nothing?.stderr ?? '', /^Usage: atlas /)
  assert.match(slip?.stderr ?? '', /^error: unknown command 'lsit'\n\(Did you mean list\?\)\n$/)
  assert.match(option?.stderr ?? '', /^error: unknown option '--tpye'\n\(Did you mean --type\?\)\n$/)
  assert.match(argument?.stderr ?? '', /^error: missing required argument 'event'\n$/)
})
