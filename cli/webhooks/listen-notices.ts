import yoctoSpinner, { type Spinner } from 'yocto-spinner'
import { printable } from '../view/printable.ts'
import { coloured, plain, type Style } from '../view/style.ts'
import type { Welcome } from './tunnel-client.ts'

/** What people are told about the connection, on standard error: a spinner while they wait, if it is a terminal. */
export class ListenNotices {
  readonly #style: Style
  readonly #isTerminal = process.stderr.isTTY === true
  #spinner: Spinner | null = null

  constructor() {
    this.#style = this.#isTerminal && process.stderr.hasColors() ? coloured : plain
  }

  connecting(server: string): void {
    this.#wait(`Connecting to ${server}`, true)
  }

  ready({ workspace, secret }: Welcome, url: string): void {
    const name = printable(workspace.slug ?? workspace.name)
    const bold = (text: string): string => this.#style('strong', text)
    this.#tell(
      `${this.#style('good', 'Ready!')} Events of ${bold(name)} go to ${url}. Your webhook signing secret is ${bold(secret)} (^C to quit)`,
    )
  }

  lost(why: string): void {
    this.#tell(this.#style('warning', `Disconnected: ${why}. Connecting again; what is published meanwhile waits.`))
    this.#wait('Connecting again', false)
  }

  back(): void {
    this.#tell(this.#style('good', 'Connected again.'))
  }

  say(line: string): void {
    this.#tell(this.#style('warning', printable(line)))
  }

  /** Leaves the terminal as it was. */
  end(): void {
    this.#spinner?.stop()
    this.#spinner = null
  }

  /** @param handleSignals true: Ctrl-C ends the process there and then, since nothing is under way that ends in order */
  #wait(text: string, handleSignals: boolean): void {
    this.end()
    if (this.#isTerminal) this.#spinner = yoctoSpinner({ text, stream: process.stderr, handleSignals }).start()
  }

  #tell(line: string): void {
    this.end()
    process.stderr.write(`${line}\n`)
  }
}
