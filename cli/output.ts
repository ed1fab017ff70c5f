import { coloured, plain } from './view/style.ts'
import type { Screen } from './view/table.ts'

type Stream = NodeJS.WriteStream

function screenOf(stream: Stream): Screen {
  const isTerminal = stream.isTTY === true
  // Some terminals do not tell how wide they are.
  const width = stream.columns > 0 ? stream.columns : 80
  // hasColors knows NO_COLOR, FORCE_COLOR and what kind of terminal it is.
  return { style: isTerminal && stream.hasColors() ? coloured : plain, width: isTerminal ? width : null }
}

/** Where a command's words go: the result to standard output, everything else to standard error. */
export class Output {
  readonly json: boolean
  /** Of standard error, for what is said on the way. */
  readonly screen: Screen
  readonly isTerminal: boolean

  constructor(json: boolean) {
    this.json = json
    this.screen = screenOf(process.stderr)
    this.isTerminal = process.stderr.isTTY === true
  }

  /** The result of a command: as JSON for scripts, or as people are to see it. */
  result(value: unknown, render: (screen: Screen) => string): void {
    process.stdout.write(this.json ? `${JSON.stringify(value, null, 2)}\n` : render(screenOf(process.stdout)))
  }

  /** A line for people. */
  say(line: string): void {
    process.stderr.write(`${line}\n`)
  }

  /** Replaces the line that the cursor is in; only for terminals. */
  replaceLine(line: string): void {
    process.stderr.write(`\r\u001b[2K${line}`)
  }
}
