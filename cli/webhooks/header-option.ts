import { UsageError } from '../usage-error.ts'

/** Headers as they are typed, `Name: value` each. What may stand in them is for the server to judge. */
export function readHeaders(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
      // The value may be a password, so it is not repeated.
      if (name === undefined || value === undefined) throw new UsageError('--headers takes a name, a colon and a value')
      return [name, value]
    }),
  )
}
