import { cpus, totalmem } from 'node:os'

/** One line that says what the figures were measured on. */
export function describeMachine(postgresVersion: string, date: Date): string {
  const [first] = cpus()
  const model = (first?.model ?? 'unknown processor').replace(/\s+/g, ' ').trim()
  const memory = Math.round(totalmem() / 2 ** 30)
  const parts = [
    `${model}, ${cpus().length} cores, ${memory} GB`,
    `${process.platform} ${process.arch}`,
    `Node.js ${process.versions.node}`,
    `Postgres ${postgresVersion} with fsync`,
    date.toISOString().slice(0, 10),
  ]
  return parts.join('; ')
}
