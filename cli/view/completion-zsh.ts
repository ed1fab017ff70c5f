import { type Completable, type CompletableOption, flagsWithValue, takesFile } from './completion.ts'

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** A name and what it is, as _describe takes them. */
const described = (name: string, description: string): string =>
  quote(`${name.replaceAll(':', '\\:')}:${description.replaceAll('\\', '\\\\')}`)

/** The script for zsh: to be sourced, or to be put into a folder of fpath as _atlas. */
export function zshScript(completables: readonly Completable[]): string {
  const steps = completables.map(({ path }) => path).filter((path) => path !== '')
  return `#compdef atlas
# Completion of atlas for zsh.
_atlas() {
  local previous=\${words[CURRENT - 1]} at= skip= word i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if [[ -n $skip ]]; then skip= && continue; fi
    case $word in
    ${flagsWithValue(completables).join(' | ')}) skip=yes && continue ;;
    esac
    case "\${at:+$at }$word" in
    ${steps.map(quote).join(' | ')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at|$previous" in
${completables.flatMap(valueCases).join('')}  *'|'${flagsWithValue(completables).join(` | *'|'`)}) return ;;
  esac
  case $at in
${completables.map(wordCase).join('')}  esac
  if [[ $PREFIX == -* || $#commands -eq 0 ]]; then
    _describe -o option options
  else
    _describe command commands
  fi
}
if [[ $funcstack[1] == _atlas ]]; then _atlas "$@"; else compdef _atlas atlas; fi
`
}

function valueCases({ path, options }: Completable): string[] {
  return options.flatMap((option) => {
    const action = valueAction(option)
    if (action === null) return []
    const patterns = option.flags.map((flag) => quote(`${path}|${flag}`))
    return `  ${patterns.join(' | ')}) ${action} && return ;;\n`
  })
}

function valueAction(option: CompletableOption): string | null {
  if (takesFile(option)) return '_files'
  return option.choices && `compadd -- ${option.choices.join(' ')}`
}

function wordCase({ path, commands, values, options }: Completable): string {
  const words = [
    ...commands.map(({ name, description }) => described(name, description)),
    ...values.map((value) => described(value, '')),
  ]
  const flags = options.flatMap((option) => option.flags.map((flag) => described(flag, option.description)))
  return `  ${quote(path)}) commands=(${words.join(' ')}) options=(${flags.join(' ')}) ;;\n`
}
