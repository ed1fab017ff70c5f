import { assign } from './assignment.ts'
import { readCatalog, unknownNames, unknownType } from './event-catalog.ts'
import { readJsonObject } from './json-file.ts'
import type { WorkspaceSession } from './session.ts'
import { UsageError } from './usage-error.ts'

/** The options of `atlas endpoints create`. */
export interface EndpointOptions {
  readonly types?: readonly string[]
  readonly filter?: string
  readonly tags?: readonly string[]
  readonly description?: string
  readonly profile?: string
  readonly header?: readonly string[]
  readonly serialize?: true
  readonly set?: readonly string[]
  readonly data?: string
}

/** The endpoint that they ask for, for the server to judge: the file first, then options, then --set. */
export async function endpointOf(url: string | undefined, options: EndpointOptions): Promise<Record<string, unknown>> {
  const { data, header, set = [], ...named } = options
  const given = Object.fromEntries(
    (['types', 'filter', 'tags', 'description', 'profile', 'serialize'] as const).flatMap((name) =>
      named[name] === undefined ? [] : [[name, named[name]]],
    ),
  )
  const file = data === undefined ? {} : await readJsonObject(data)
  const headers = header && { headers: readHeaders(header) }
  const endpoint = assign({ ...file, ...(url !== undefined && { url }), ...given, ...headers }, set)
  if (endpoint.url === undefined) throw new UsageError('an endpoint needs a URL')
  return endpoint
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':')
      // The value may be a token, so it is not repeated.
      if (at < 1) throw new UsageError('--header takes a name and a value, such as "X-Team: crm"')
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    }),
  )
}

/** Names that nobody knows may be published all the same, but are a slip as a rule. */
export async function warnOfUnknownTypes({ atlas, output }: WorkspaceSession, types: readonly string[]): Promise<void> {
  if (types.length === 0) return
  const catalog = await readCatalog(atlas)
  for (const name of unknownNames(types, catalog)) output.say(`Note: ${unknownType(name, catalog)}`)
}
