import { Writable } from 'node:stream'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.ts'

/** Logs are JSON lines on stderr; with `--dev` they are lines for people. */
export function createLog(config: Pick<Config, 'dev' | 'logLevel'>): Logger {
  const options = { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (config.dev) return pino(options, readable(process.stderr))
  // Synchronous, so that the last words before a crash are not lost.
  return pino(options, pino.destination({ dest: 2, sync: true }))
}

const errorLevel = 50

function readable(target: NodeJS.WritableStream): DestinationStream {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      target.write(readableLine(line))
      done()
    },
  })
}

/** `10:30:00 warn database connection lost error="…"` of a JSON line. */
function readableLine(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const fields = Object.entries(rest).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
  const { message, stack } = (err ?? {}) as { message?: string; stack?: string }
  const cause = message === undefined ? '' : ` (${message})`
  const name = pino.levels.labels[Number(level)] ?? ''
  const trace = Number(level) >= errorLevel && stack !== undefined ? `${stack}\n` : ''
  return `${String(time).slice(11, 19)} ${name} ${String(msg ?? '')}${cause}${fields.join('')}\n${trace}`
}
