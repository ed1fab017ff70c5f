import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { NotFoundError } from '@atlas-webhooks/sdk'
import type { Command } from 'commander'
import type { PublicJwk } from '../server/domain/audit-checkpoint.ts'
import { type ExportReport, ExportVerifier } from '../server/domain/audit-export.ts'
import { readKeys, requireKeys } from './audit-keys.ts'
import { exportLog } from './audit-source.ts'
import { examples } from './command.ts'
import { unreadable } from './json-file.ts'
import { Output } from './output.ts'
import { openSession, type WorkspaceSession, withWorkspace } from './session.ts'
import type { Flags } from './settings.ts'
import { Failure } from './usage-error.ts'
import { reportView, whatIsWrong } from './view/audit-report.ts'
import { progressBar } from './view/progress.ts'

interface VerifyOptions extends Flags {
  readonly file?: string
  readonly keys?: string
}

export function verifyCommand(audit: Command): void {
  const command = audit
    .command('verify')
    .description('follow the chain of the audit log, and say which entries were removed, altered, reordered or cut off')
    .option('--file <export>', 'an export in a file, - for standard input; without it, the log on the server')
    .option('--keys <file>', 'the public keys that you have kept; without it, those that the server shows now')
    .action(async function () {
      await verify(this.optsWithGlobals<VerifyOptions>())
    })
  examples(
    command,
    'atlas audit verify',
    'atlas audit verify --keys audit-keys.json',
    'atlas audit verify --file audit.ndjson --keys audit-keys.json      asks no server',
  )
}

async function verify(options: VerifyOptions): Promise<void> {
  const output = new Output(options.json === true)
  const { file, keys } = options
  const report =
    file === undefined ? await verifyOnline(options) : await verifyFile(file, await requireKeys(keys, options), output)
  output.result(jsonOf(report), (screen) => reportView(report, screen))
  const { faults } = report
  if (faults.length > 0) throw new Failure(`the log is not whole: ${whatIsWrong(faults)}`)
}

function jsonOf(report: ExportReport): Record<string, unknown> {
  return {
    whole: report.faults.length === 0,
    workspace: report.workspace,
    entries: report.entries,
    purged_up_to: report.purgedUpTo,
    part: report.isPart,
    last_sequence: report.lastSequence,
    checkpoints: report.checkpoints,
    signed_up_to: report.signedUpTo,
    unsigned_since: report.unsignedSince,
    faults: report.faults,
  }
}

async function verifyOnline(options: VerifyOptions): Promise<ExportReport> {
  const session = await withWorkspace(await openSession(options))
  const keys =
    options.keys === undefined ? (await session.atlas.auditLogs.publicKeys()).keys : await readKeys(options.keys)
  const verifier = new ExportVerifier(keys)
  const progress = new Progress(session.output)
  for await (const line of exportLog(session)) {
    verifier.line(line)
    progress.line(line)
  }
  progress.end()
  return verifier.finish({ isDeleted: await isDeleted(session) })
}

/** Only the operator sees logs of workspaces that were deleted. */
async function isDeleted({ atlas, workspace }: WorkspaceSession): Promise<boolean> {
  if (workspace === 'operator') return false
  try {
    await atlas.workspaces.get(workspace)
    return false
  } catch (error) {
    if (error instanceof NotFoundError) return true
    throw error
  }
}

async function verifyFile(file: string, keys: readonly PublicJwk[], output: Output): Promise<ExportReport> {
  const verifier = new ExportVerifier(keys)
  const progress = new Progress(output)
  try {
    const input = file === '-' ? process.stdin : createReadStream(file)
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (text.trim() === '') continue
      const line = parse(text)
      if (line === undefined) verifier.unreadable()
      else verifier.line(line)
      progress.line(line)
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  progress.end()
  return verifier.finish({ isDeleted: false })
}

/** undefined: it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const showEvery = 1_000

/** How far the verification is, on a terminal, by the number of entries that the first line promises. */
class Progress {
  readonly #output: Output
  #total: number | null = null
  #done = 0

  constructor(output: Output) {
    this.#output = output
  }

  line(value: unknown): void {
    const { chain, entry } = (value ?? {}) as { chain?: Record<string, unknown> | null; entry?: unknown }
    const total = Number(chain?.last_sequence) - Number(chain?.after_sequence)
    if (total > 0) this.#total = total
    if (!entry) return
    this.#done++
    if (this.#done % showEvery === 0) this.#show()
  }

  end(): void {
    if (this.#done >= showEvery && this.#output.isTerminal) this.#output.replaceLine('')
  }

  #show(): void {
    if (this.#output.isTerminal) this.#output.replaceLine(progressBar(this.#done, this.#total, this.#output.screen))
  }
}
