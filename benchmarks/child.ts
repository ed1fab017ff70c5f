import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

/** What a process of the benchmark can be asked for: functions of one argument that can travel as JSON. */
export type Handlers = Readonly<Record<string, (input: never) => unknown>>

interface Request {
  readonly id: number
  readonly name: string
  readonly input: unknown
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** A process of the benchmark, as its parent sees it. */
export class Child<Offered extends Handlers> {
  readonly name: string
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  #lastId = 0

  constructor(file: string) {
    this.name = file
    // Without the flags of this process: what watches over its channel to its own parent would take this one for it.
    this.#process = fork(join(import.meta.dirname, file), {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#process.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (answer.error === undefined) waiting?.resolve(answer.result)
      else waiting?.reject(new Error(`${file}: ${answer.error}`))
    })
    this.#process.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${file} ended with ${signal ?? code}`))
      this.#waiting.clear()
    })
  }

  call<Name extends keyof Offered & string>(
    name: Name,
    ...[input]: Parameters<Offered[Name]>
  ): Promise<Awaited<ReturnType<Offered[Name]>>> {
    const id = ++this.#lastId
    const request: Request = { id, name, input }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject })
      this.#process.send(request, (error) => error && reject(error))
    })
  }

  stop(): void {
    this.#waiting.clear()
    this.#process.kill('SIGKILL')
  }
}

/** The other side: answers the parent's requests for as long as the parent lives. */
export function serve(handlers: Handlers): void {
  process.on('disconnect', () => process.exit())
  process.on('message', ({ id, name, input }: Request) => {
    const answer = (part: Omit<Answer, 'id'>) => process.send?.({ id, ...part })
    Promise.resolve()
      .then(() => handlers[name]?.(input as never))
      .then(
        (result) => answer({ result }),
        (error: unknown) => answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      )
  })
}

/** Processor time of this process in microseconds, to report how lean it is. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
