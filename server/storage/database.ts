import pg from 'pg'
import type { BaseLogger } from 'pino'
import { connectFailure, DatabaseUnavailable, isUnavailable, PostgresTooOld } from './failure.ts'
import { Listener, type Subscriber } from './listener.ts'

/** A statement of the hot path: prepared once per connection under its name, which must be unique per text. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/**
 * The name of statements that are planned anew each time, with their values: lists. A plan for any value would follow the
 * same index for a workspace with ten million rows and for one with ten, and read the millions to find the ten. They run
 * outside of transactions only.
 */
export const plannedEachTime = ''

/** What storage functions take: the database (each statement its own transaction) or an open transaction. */
export interface Queryable {
  /** Runs one statement and returns its rows: int8 as number, timestamptz as Date, numeric as string. */
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>
  /** Runs one statement and returns how many rows it touched. */
  execute(statement: Statement, values?: readonly unknown[]): Promise<number>
}

/** One connection, held for as long as the work takes. */
export interface Session extends Queryable {
  /** Runs text of one or more statements without values, unprepared. */
  script(text: string): Promise<void>
}

export interface DatabaseOptions {
  /** Connections at most, not counting one per `listen`. */
  readonly max: number
  readonly log: BaseLogger
  /** Server settings of every connection, such as `plan_cache_mode`, sent as `-c` options at connect. */
  readonly settings?: Readonly<Record<string, string>>
}

/** What `listen` gives. */
export interface Subscription {
  stop(): Promise<void>
}

// The settings of the connection are for all other statements. What a list reads counts in rows: to come by many that are
// another's costs more than to read few from here and there, while the planner takes all of them to be evenly mixed.
const planWithValues = `begin; set local plan_cache_mode = force_custom_plan;
  set local random_page_cost = 0; set local seq_page_cost = 0`

const OLDEST_VERSION = 150_000
const STATEMENT_TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 5_000
const CLOSE_PATIENCE_MS = 1_000

/** Connects lazily: the first statement tells whether Postgres is there. */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  return new Database(url, options)
}

/** Connections to one Postgres. A lost connection fails its statement with an error, and nothing else. */
export class Database implements Queryable {
  readonly #config: pg.ClientConfig
  readonly #pool: pg.Pool
  readonly #log: BaseLogger
  readonly #listeners = new Set<Listener>()
  readonly #connected = new Set<pg.ClientBase>()

  constructor(url: string, { max, log, settings = {} }: DatabaseOptions) {
    this.#log = log
    this.#config = {
      ...connectionWith(url, settings),
      application_name: 'atlas',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      types,
    }
    this.#pool = new pg.Pool({ ...this.#config, max, idleTimeoutMillis: 60_000 })
    // pg hangs the whole client on the error, with every statement that it has prepared: not for a log line.
    this.#pool.on('error', ({ message }) => log.warn({ reason: message }, 'database connection lost'))
    this.#pool.on('connect', (client) => {
      noticeLoss(client)
      this.#connected.add(client)
      client.once('end', () => this.#connected.delete(client))
    })
  }

  async query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    if (statement.name !== plannedEachTime)
      return await this.session((session) => session.query<Row>(statement, values))
    return await this.#transaction(planWithValues, (session) => session.query<Row>(statement, values))
  }

  async execute(statement: Statement, values: readonly unknown[] = []): Promise<number> {
    return await this.session((session) => session.execute(statement, values))
  }

  /** Commits when `work` resolves and rolls back when it rejects. Its statements must be awaited one by one. */
  async transaction<Result>(work: (transaction: Session) => Promise<Result>): Promise<Result> {
    return await this.#transaction('begin', work)
  }

  async #transaction<Result>(begin: string, work: (transaction: Session) => Promise<Result>): Promise<Result> {
    return await this.session(async (session) => {
      await session.script(begin)
      try {
        const result = await work(session)
        await session.script('commit')
        return result
      } catch (error) {
        if (!isUnavailable(error)) await session.script('rollback')
        throw error
      }
    })
  }

  /** Holds one connection outside a transaction, for what belongs to a session, such as advisory locks. */
  async session<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw connectFailure(error)
    })
    let broken = false
    try {
      return await work(new ClientSession(client))
    } catch (error) {
      broken = isUnavailable(error)
      throw error
    } finally {
      client.release(broken)
    }
  }

  /**
   * Listens on a connection of its own that reconnects for ever. Resolves once it listens; `onReconnect` runs after
   * every later start, since notifications may have been missed in between.
   */
  async listen(
    channel: string,
    onNotify: Subscriber['onNotify'],
    onReconnect: Subscriber['onReconnect'],
  ): Promise<Subscription> {
    const listener = new Listener(this.#config, { channel, onNotify, onReconnect }, this.#log)
    this.#listeners.add(listener)
    await listener.start()
    return {
      stop: async () => {
        this.#listeners.delete(listener)
        await listener.stop()
      },
    }
  }

  /** Rejects with `PostgresTooOld` below Postgres 15. */
  async requireSupportedVersion(): Promise<void> {
    const [row] = await this.query<{ number: number; version: string }>({
      name: 'server-version',
      text: `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
    })
    if (row && row.number < OLDEST_VERSION) throw new PostgresTooOld(row.version)
  }

  /** Waits for the statements in flight, then closes every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.stop()))
    if (!this.#pool.ending) await this.#pool.end()
    // The pool says that it has ended when it has only asked its connections to. A Postgres that is stopped right after
    // would complain of those that are still there.
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_PATIENCE_MS)
      const resolveWhenClosed = (): void => {
        if (this.#connected.size > 0) return
        clearTimeout(timer)
        resolve()
      }
      for (const client of this.#connected) client.once('end', resolveWhenClosed)
      resolveWhenClosed()
    })
  }
}

class ClientSession implements Session {
  readonly #client: pg.Client

  constructor(client: pg.Client) {
    this.#client = client
  }

  async query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#runInTime<Row>({ ...statement, values: [...values] })).rows
  }

  async execute(statement: Statement, values: readonly unknown[] = []): Promise<number> {
    return (await this.#runInTime({ ...statement, values: [...values] })).rowCount ?? 0
  }

  async script(text: string): Promise<void> {
    await this.#run({ text })
  }

  /** A connection that a firewall forgot swallows statements without an error, for as long as TCP hopes. */
  async #runInTime<Row extends object>(query: pg.QueryConfig): Promise<pg.QueryResult<Row & pg.QueryResultRow>> {
    const timer = setTimeout(() => {
      lost.add(this.#client)
      // With a statement under way this cuts the connection, and the statement fails.
      this.#client.end().catch(() => {})
    }, STATEMENT_TIMEOUT_MS)
    try {
      return await this.#run<Row>(query)
    } finally {
      clearTimeout(timer)
    }
  }

  async #run<Row extends object>(query: pg.QueryConfig): Promise<pg.QueryResult<Row & pg.QueryResultRow>> {
    try {
      return await this.#client.query<Row & pg.QueryResultRow>(query)
    } catch (error) {
      throw lost.has(this.#client) && !isUnavailable(error) ? new DatabaseUnavailable(error) : error
    }
  }
}

// pg rejects with a plain Error when a connection goes, told apart from other errors only by its text. But it emits
// `error` on the client first, which needs a listener anyway: without one it would end the process.
const lost = new WeakSet<pg.ClientBase>()

function noticeLoss(client: pg.ClientBase): void {
  client.on('error', () => lost.add(client))
}

const INT8 = 20
const TIMESTAMPTZ: number = 1184
const INT8_ARRAY = 1016
const INT4_ARRAY: number = 1007

const parseOddTime = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as (text: string) => Date

/** A time in UTC, as Postgres writes it unless told otherwise, is but two letters away from what Date reads at once. */
function parseTime(text: string): Date {
  if (text.charCodeAt(10) !== space || !text.endsWith('+00')) return parseOddTime(text)
  return new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
}

const space = 0x20

// Sequences and counts stay far below 2^53, so a number is exact and spares every caller the conversion from text.
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8) return Number
    if (oid === TIMESTAMPTZ) return parseTime
    if (oid === INT8_ARRAY) return pg.types.getTypeParser(INT4_ARRAY, 'text')
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text')
  },
}

// pg lets `options` in the URL replace those beside it, so both are joined; spaces and backslashes are escaped.
export function connectionWith(url: string, settings: Readonly<Record<string, string>>): pg.ClientConfig {
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
  if (ours.length === 0) return { connectionString: url }
  const [base = url, search = ''] = url.split('?', 2)
  const parameters = new URLSearchParams(search)
  parameters.set('options', [parameters.get('options') ?? '', ...ours].join(' ').trim())
  return { connectionString: `${base}?${parameters.toString().replaceAll('+', '%20')}` }
}
