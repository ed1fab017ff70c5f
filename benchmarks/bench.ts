import type { ArrivalReport } from './arrivals.ts'
import type { BareHandlers } from './bare.ts'
import { Child } from './child.ts'
import { atTheEnd } from './cleanup.ts'
import { emptyDirectory, readPostgresVersion, temporaryDirectory } from './data-directory.ts'
import type { GeneratorHandlers } from './generator.ts'
import type { ProfiledWindow } from './profile.ts'
import type { Load, LoadReport } from './publisher.ts'
import type { ReceiverHandlers } from './receiver.ts'
import type { Repetition, RepetitionReport } from './repeater.ts'
import { Server, type ServerOptions } from './server.ts'
import type { Row } from './table.ts'

export interface BareFigures {
  readonly send: number
  readonly store: number
  /** What both could do one after the other on the same processors. */
  readonly together: number
}

/** A measurement: gives its lines of the table. */
export interface Scenario {
  readonly name: string
  readonly about: string
  run(bench: Bench): Promise<Row[]>
}

const quietMs = 20_000

/** What the receiver does at a place, and how its paths say so. */
const receiverKinds = { answers: 'ok', hangs: 'no', 'takes one at a time': 'in', 'takes batches': 'ce' } as const

/** What the scenarios share: the processes around the server, and the record of what went wrong. */
export class Bench {
  /** How long a figure is measured. */
  readonly seconds: number
  readonly profileDirectory: string | null
  readonly profiled: ProfiledWindow[] = []
  readonly failures: string[] = []
  readonly receiver: Child<ReceiverHandlers>
  readonly generator: Child<GeneratorHandlers>
  readonly receiverPort: number
  #bare: Promise<BareFigures> | null = null

  static async open(options: { seconds: number; profile: boolean }): Promise<Bench> {
    const receiver = start<ReceiverHandlers>('receiver.ts')
    const generator = start<GeneratorHandlers>('generator.ts')
    const profileDirectory = options.profile ? await temporaryDirectory('profile') : null
    return new Bench(options.seconds, profileDirectory, receiver, generator, await receiver.call('listen'))
  }

  private constructor(
    seconds: number,
    profileDirectory: string | null,
    receiver: Child<ReceiverHandlers>,
    generator: Child<GeneratorHandlers>,
    receiverPort: number,
  ) {
    this.seconds = seconds
    this.profileDirectory = profileDirectory
    this.receiver = receiver
    this.generator = generator
    this.receiverPort = receiverPort
  }

  get warmUpSeconds(): number {
    return Math.min(3, this.seconds)
  }

  say(line: string): void {
    console.error(line)
  }

  /** What was measured may be right, but the service was not: the benchmark fails. */
  fail(what: string): void {
    this.failures.push(what)
    console.error(`FAILED: ${what}`)
  }

  /** A server on a data directory of its own. `end` stops it and frees the space. */
  async withServer<Result>(work: (server: Server, dataDirectory: string) => Promise<Result>): Promise<Result> {
    const dataDirectory = await temporaryDirectory('data')
    const server = await this.startServer({ dataDirectory })
    try {
      const result = await work(server, dataDirectory)
      if (!server.ended) await server.stop()
      await emptyDirectory(dataDirectory)
      return result
    } finally {
      // The next scenario measures another server, whatever became of this one.
      await server.end()
    }
  }

  async startServer(options: ServerOptions): Promise<Server> {
    return await Server.start({ profileDirectory: this.profileDirectory, ...options })
  }

  /** The URL of the receiver's place for one endpoint, and what it does there. */
  receiverUrl(place: number, kind: keyof typeof receiverKinds = 'answers'): string {
    return `http://127.0.0.1:${this.receiverPort}/${receiverKinds[kind]}/${String(place).padStart(4, '0')}`
  }

  /** Publishes, and reports answers that are neither 202 nor a refusal. */
  async publish(label: string, load: Load): Promise<LoadReport> {
    const report = await this.generator.call('publish', load)
    for (const error of report.errors) this.fail(`${label}: publish answered ${error}`)
    if (report.refused > 0)
      this.say(`  ${label}: ${report.refused} of ${report.requests} publishes refused with 503 or 429`)
    return report
  }

  /** Sends requests over and over, and reports answers other than 2xx. */
  async repeat(label: string, repetition: Repetition): Promise<RepetitionReport> {
    const report = await this.generator.call('repeat', repetition)
    for (const error of report.errors) this.fail(`${label}: answered ${error}`)
    return report
  }

  /** Waits until everything accepted has arrived, and fails on a loss or on bad requests. Gives all arrivals. */
  async settled(label: string, expected: number, places: readonly number[] | null = null): Promise<ArrivalReport> {
    const { receiver } = this
    const everything = { from: 0, until: null, paths: places }
    await receiver.call('awaitCount', { count: expected, quietMs })
    const report = await receiver.call('report', everything)
    if (report.unique < expected) this.fail(`${label}: ${expected - report.unique} of ${expected} deliveries lost`)
    const { faults } = await receiver.call('state')
    for (const fault of faults) this.fail(`${label}: ${fault}`)
    const repeated = report.received - report.unique
    if (repeated > 0) this.say(`  ${label}: ${repeated} of ${report.received} requests were repetitions`)
    return report
  }

  /** Notes what the profile of this server is to be looked at for, if there is one. */
  profile(server: Server, window: Omit<ProfiledWindow, 'pid'>): void {
    if (this.profileDirectory !== null) this.profiled.push({ pid: server.pid, ...window })
  }

  async postgresVersion(): Promise<string> {
    return await readPostgresVersion(await temporaryDirectory('version'))
  }

  /** The bare figures of this run, measured once. */
  bare(): Promise<BareFigures> {
    this.#bare ??= this.#measureBare()
    return this.#bare
  }

  async #measureBare(): Promise<BareFigures> {
    const bare = start<BareHandlers>('bare.ts')
    const seconds = Math.min(10, this.seconds)
    this.say('bare: signed POSTs by undici')
    await this.receiver.call('reset', { secrets: [await bare.call('secret')] })
    await bare.call('send', { port: this.receiverPort, seconds: Math.min(2, seconds) })
    const send = await bare.call('send', { port: this.receiverPort, seconds })
    const { faults } = await this.receiver.call('state')
    for (const fault of faults) this.fail(`bare: ${fault}`)
    this.say('bare: rows in batches of 200')
    const dataDirectory = await temporaryDirectory('bare')
    const store = await bare.call('store', { dataDirectory, seconds })
    bare.stop()
    await emptyDirectory(dataDirectory)
    return { send, store, together: 1 / (1 / send + 1 / store) }
  }
}

function start<Offered extends Readonly<Record<string, (input: never) => unknown>>>(file: string): Child<Offered> {
  const child = new Child<Offered>(file)
  atTheEnd(() => child.stop())
  return child
}
