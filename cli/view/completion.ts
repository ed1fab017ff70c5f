/** A command line up to some command, and what may follow there. */
export interface Completable {
  /** The names of the commands, such as `events list`; empty: none was typed yet. */
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly CompletableOption[]
  /** What its argument may be, where that is a choice. */
  readonly values: readonly string[]
}

export interface CompletableOption {
  readonly flags: readonly string[]
  readonly description: string
  /** What its value may be; null: anything. */
  readonly choices: readonly string[] | null
  readonly takesValue: boolean
}

/** Whether the value of an option is a file. */
export function takesFile({ flags }: CompletableOption): boolean {
  return flags.includes('--data') || flags.includes('--file') || flags.includes('--keys')
}

/** All options that take a value, over all commands, by any of their flags. */
export function flagsWithValue(completables: readonly Completable[]): string[] {
  const options = completables.flatMap(({ options }) => options.filter(({ takesValue }) => takesValue))
  return [...new Set(options.flatMap(({ flags }) => flags))].sort()
}
