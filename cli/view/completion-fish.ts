import { type Completable, type CompletableOption, flagsWithValue, takesFile } from './completion.ts'

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** The script for fish. */
export function fishScript(completables: readonly Completable[]): string {
  const steps = completables.map(({ path }) => path).filter((path) => path !== '')
  return `# Completion of atlas for fish.
function __atlas_at
    set -l at
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word ${flagsWithValue(completables).join(' ')}
            set skip yes
        else if contains -- (string trim -- "$at $word") ${steps.map(quote).join(' ')}
            set at (string trim -- "$at $word")
        end
    end
    echo $at
end
function __atlas_is
    set -l at (__atlas_at)
    test "$at" = "$argv[1]"
end
complete -c atlas -f
${completables.flatMap(linesOf).join('\n')}
`
}

function linesOf({ path, commands, values, options }: Completable): string[] {
  const here = `complete -c atlas -n ${quote(`__atlas_is ${quote(path)}`)}`
  return [
    ...commands.map(({ name, description }) => `${here} -a ${name} -d ${quote(description)}`),
    ...(values.length === 0 ? [] : [`${here} -a ${quote(values.join(' '))}`]),
    ...options.map((option) => `${here} ${optionOf(option)} -d ${quote(option.description)}`),
  ]
}

function optionOf(option: CompletableOption): string {
  const names = option.flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  if (!option.takesValue) return names.join(' ')
  if (takesFile(option)) return `${names.join(' ')} -r -F`
  return `${names.join(' ')} -x${option.choices === null ? '' : ` -a ${quote(option.choices.join(' '))}`}`
}
