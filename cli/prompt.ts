import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageError } from './usage-error.ts'

/** Questions to the person at the terminal, or lines of what is piped in. Ask one after the other, and close it. */
export class Prompt {
  readonly #interface: Interface
  readonly #lines: AsyncIterator<string>
  readonly #screen: Writable
  #isHidden = false

  constructor() {
    // readline shows what is typed by writing it here. On standard error, so that the result stays alone.
    this.#screen = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.#isHidden) process.stderr.write(chunk)
        done()
      },
    })
    const terminal = process.stdin.isTTY === true
    // Without a history, which would show the key to whoever presses the arrow at the next question.
    this.#interface = createInterface({ input: process.stdin, output: this.#screen, terminal, historySize: 0 })
    this.#interface.on('SIGINT', () => {
      process.stderr.write('\n')
      process.exit(130)
    })
    this.#lines = this.#interface[Symbol.asyncIterator]()
  }

  /** @param hidden whether what is typed must not be seen */
  async ask(question: string, { hidden = false } = {}): Promise<string> {
    // Who pipes an answer in knows what is asked.
    if (process.stdin.isTTY) process.stderr.write(question)
    this.#isHidden = hidden
    const { value, done } = await this.#lines.next()
    this.#isHidden = false
    // The Enter was not seen either.
    if (hidden && process.stdin.isTTY) process.stderr.write('\n')
    if (done === true) throw new UsageError('there was no answer to this question')
    return value.trim()
  }

  close(): void {
    this.#interface.close()
  }
}

/** Makes sure that something is wanted which cannot be undone. Without a terminal there is nobody to ask. */
export async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) throw new UsageError('this cannot be undone: give --yes if you are sure')
  const prompt = new Prompt()
  try {
    const answer = await prompt.ask(`${question} [y/N] `)
    if (!/^y(?:es)?$/i.test(answer)) throw new UsageError('nothing was done')
  } finally {
    prompt.close()
  }
}
