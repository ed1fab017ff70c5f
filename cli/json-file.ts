import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { UsageError } from './usage-error.ts'

/** The JSON object in a file; `-` is standard input. */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  const name = file === '-' ? 'standard input' : file
  const value = parseJson(file === '-' ? await text(process.stdin) : await readText(file), name)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${name}: a JSON object is needed, { … }`)
  }
  return value as Record<string, unknown>
}

export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** The error for a file that the system does not give. */
export function unreadable(file: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return new UsageError(`${file}: there is no such file`)
  if (code === 'EACCES') return new UsageError(`${file}: it may not be read`)
  if (code === 'EISDIR') return new UsageError(`${file}: this is a folder`)
  return error
}

/** @param name what the text is called in an error, which says in which line and column it is broken */
export function parseJson(source: string, name: string): unknown {
  const json = source.replace(/^\ufeff/, '')
  try {
    return JSON.parse(json)
  } catch {
    // JSON.parse does not always tell where.
    throw new UsageError(`${name}:${firstFault(json)}`)
  }
}

function firstFault(json: string): string {
  const faults: ParseError[] = []
  parse(json, faults, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false })
  const [fault] = faults.sort((a, b) => a.offset - b.offset)
  const offset = fault?.offset ?? json.length
  const before = json.slice(0, offset).split('\n')
  const words = fault === undefined ? 'not valid JSON' : printParseErrorCode(fault.error)
  const what = words.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}: not valid JSON: ${what}`
}
