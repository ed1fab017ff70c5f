// A process that holds an embedded Postgres, for tests that kill it. It tells what happens in lines of JSON and stops
// when its input ends; on SIGINT it proves that Postgres still answers.
import { pino } from 'pino'
import { openDatabase } from '../storage/database.ts'
import { startEmbeddedPostgres } from '../storage/embedded.ts'
import { DataDirectoryInUse } from '../storage/embedded-lock.ts'

const log = pino({ level: 'silent' })

function tell(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

try {
  const postgres = await startEmbeddedPostgres({ dataDirectory: process.argv[2] ?? '', log })
  const database = openDatabase(postgres.url, { max: 1, log })
  process.once('SIGINT', () => {
    database.query<{ answer: number }>({ name: 'answer', text: 'select 42 as answer' }).then(
      ([row]) => tell({ answer: row?.answer }),
      (error: Error) => tell({ error: error.name }),
    )
  })
  process.stdin.resume().once('end', async () => {
    await database.close()
    await postgres.stop()
    tell({ stopped: true })
  })
  tell({ url: postgres.url })
} catch (error) {
  const { name, message } = error as Error
  tell({ error: name, message, pid: error instanceof DataDirectoryInUse ? error.pid : null })
}
