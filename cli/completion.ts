import { Argument, type Command } from 'commander'
import { examples } from './command.ts'
import type { Completable } from './view/completion.ts'
import { bashScript } from './view/completion-bash.ts'
import { fishScript } from './view/completion-fish.ts'
import { zshScript } from './view/completion-zsh.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

export function completionCommand(program: Command): void {
  const command = program
    .command('completion')
    .description('print the script with which a shell completes commands and options')
    .addArgument(new Argument('<shell>').choices(Object.keys(scripts)))
    .action((shell: keyof typeof scripts) => {
      process.stdout.write(scripts[shell](completablesOf(program)))
    })
  examples(
    command,
    'source <(atlas completion bash)      in ~/.bashrc',
    'source <(atlas completion zsh)       in ~/.zshrc, behind compinit',
    'atlas completion fish > ~/.config/fish/completions/atlas.fish',
  )
}

/** Every command with what may follow it. */
function completablesOf(program: Command): Completable[] {
  const globals = program.options.map(describeOption)
  const walk = (command: Command, path: string): Completable[] => {
    const help = { flags: ['--help'], description: 'show what a command does', choices: null, takesValue: false }
    const own = command === program ? [] : command.options.map(describeOption)
    const completable = {
      path,
      commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
      options: [...own, ...globals, help],
      values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    }
    return [completable, ...command.commands.flatMap((child) => walk(child, `${path} ${child.name()}`.trim()))]
  }
  return walk(program, '')
}

function describeOption({ short, long, description, argChoices, required }: Command['options'][number]) {
  const flags = [short, long].filter((flag): flag is string => typeof flag === 'string')
  return { flags, description, choices: argChoices ?? null, takesValue: required }
}
