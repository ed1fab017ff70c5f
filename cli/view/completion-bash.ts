import { type Completable, type CompletableOption, flagsWithValue, takesFile } from './completion.ts'

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The script for bash. The words typed so far lead to a command; what may follow it is listed in the script. */
export function bashScript(completables: readonly Completable[]): string {
  const steps = completables.map(({ path }) => path).filter((path) => path !== '')
  return `# Completion of atlas for bash.
_atlas() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} at= skip= words= flags= word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $skip ]]; then skip= && continue; fi
    case $word in
    ${flagsWithValue(completables).join(' | ')}) skip=yes && continue ;;
    esac
    case "\${at:+$at }$word" in
    ${steps.map(quote).join(' | ')}) at="\${at:+$at }$word" ;;
    esac
  done
  COMPREPLY=()
  case "$at|$previous" in
${completables.flatMap(valueCases).join('')}  *'|'${flagsWithValue(completables).join(` | *'|'`)}) return ;;
  esac
  case $at in
${completables.map(wordCase).join('')}  esac
  if [[ -z $words || $current == -* ]]; then words=$flags; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _atlas atlas
`
}

function valueCases({ path, options }: Completable): string[] {
  return options.flatMap((option) => {
    const action = valueAction(option)
    if (action === null) return []
    const patterns = option.flags.map((flag) => quote(`${path}|${flag}`))
    return `  ${patterns.join(' | ')}) ${action}; return ;;\n`
  })
}

function valueAction(option: CompletableOption): string | null {
  if (takesFile(option)) return 'COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames 2>/dev/null'
  return option.choices && `COMPREPLY=($(compgen -W ${quote(option.choices.join(' '))} -- "$current"))`
}

function wordCase({ path, commands, values, options }: Completable): string {
  const words = [...commands.map(({ name }) => name), ...values].join(' ')
  const flags = options.flatMap((option) => option.flags).join(' ')
  return `  ${quote(path)}) words=${quote(words)} flags=${quote(flags)} ;;\n`
}
