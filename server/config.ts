import { isOperatorKey, operatorKeyPrefix } from './domain/api-key.ts'
import { createAuditSigner, SigningKeyError } from './domain/audit-checkpoint.ts'
import { type Mailbox, parseMailbox } from './domain/mail-address.ts'
import { type MailServer, parseMailServer } from './domain/mail-server.ts'
import { parseOrigins, plainOriginOf } from './domain/plain-origin.ts'
import { createKeyring, MasterKeyError } from './domain/sealed.ts'
import { type Cidr, parseCidrs } from './domain/target.ts'

type Parsed<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reason: string }

export interface Setting<Value> {
  readonly name: string
  /** Read where the name itself is not set. */
  readonly alias?: string
  readonly parse: (text: string) => Parsed<Value>
  /** As it would stand in the environment; null: not set, and the meaning says what happens then. */
  readonly fallback: string | null
  /** Instead of the fallback, with `--dev`. */
  readonly devFallback?: string
  readonly meaning: string
}

function setting<Value>(of: Setting<Value>): Setting<Value> {
  return of
}

const roles = ['api', 'worker'] as const
export type Role = (typeof roles)[number]

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Everything that the environment can set. */
export const settings = {
  port: setting({
    name: 'ATLAS_PORT',
    parse: integer(0, 65_535),
    fallback: '8400',
    meaning: 'The port to listen on; 0 takes any free one.',
  }),
  host: setting({
    name: 'ATLAS_HOST',
    parse: text(/^[^\s/]+$/, 'must be a host name or an address'),
    fallback: '127.0.0.1',
    meaning: 'The address to listen on; 0.0.0.0 or :: for all.',
  }),
  publicUrl: setting<string | null>({
    name: 'ATLAS_PUBLIC_URL',
    parse: url(['http:', 'https:']),
    fallback: null,
    meaning: 'The base of links. Without it, it is made from host and port.',
  }),
  databaseUrl: setting<string | null>({
    name: 'ATLAS_DATABASE_URL',
    alias: 'DATABASE_URL',
    parse: url(['postgres:', 'postgresql:']),
    fallback: null,
    meaning: 'Postgres 15 or newer. Without it, a Postgres of its own runs in the data directory.',
  }),
  dataDir: setting({
    name: 'ATLAS_DATA_DIR',
    parse: text(/./, 'must not be empty'),
    fallback: './data',
    meaning: 'Holds the embedded database and generated keys; mode 700.',
  }),
  operatorKey: setting<string | null>({
    name: 'ATLAS_OPERATOR_KEY',
    parse: operatorKey,
    fallback: null,
    meaning:
      "The operator's API key: atlas_op_ and at least 32 letters and digits. Without it, one is generated and kept in the data directory.",
  }),
  masterKey: setting<string | null>({
    name: 'ATLAS_MASTER_KEY',
    parse: masterKey,
    fallback: null,
    meaning:
      'Encrypts endpoint secrets and headers: at least 32 random bytes in hexadecimal or base64. To rotate, put a new key in front, separated by a comma. Without it, one is generated and kept in the data directory.',
  }),
  auditSigningKey: setting<string | null>({
    name: 'ATLAS_AUDIT_SIGNING_KEY',
    parse: auditSigningKey,
    fallback: null,
    meaning:
      'Signs the checkpoints of the audit log: 32 random bytes in hexadecimal or base64, the same for all nodes. To rotate, put a new key in front, separated by a comma: what the old one signed can then still be verified. Without it, one is generated and kept in the data directory.',
  }),
  allowHttp: setting({
    name: 'ATLAS_ALLOW_HTTP',
    parse: boolean,
    fallback: 'false',
    devFallback: 'true',
    meaning: 'Whether endpoints may have http URLs.',
  }),
  allowTargets: setting<readonly Cidr[]>({
    name: 'ATLAS_ALLOW_TARGETS',
    parse: cidrs,
    fallback: '',
    devFallback: '127.0.0.0/8,::1/128',
    meaning: 'Address ranges (CIDR, comma-separated) that targets may be in although they are not public.',
  }),
  roles: setting<ReadonlySet<Role>>({
    name: 'ATLAS_ROLES',
    parse: roleSet,
    fallback: 'api,worker',
    meaning: 'What this node does: api answers requests, worker delivers.',
  }),
  mailServer: setting<MailServer | null>({
    name: 'ATLAS_SMTP_URL',
    parse: mailServer,
    fallback: null,
    meaning:
      'Sends alerts, invitations and links for forgotten passwords by mail: smtp://user:password@host:587 or, with TLS from the start, smtps://host:465. User and password may be missing; they are only sent over TLS. Without it, alerts are shown and logged, and links are handed over by whoever makes them.',
  }),
  mailFrom: setting<Mailbox | null>({
    name: 'ATLAS_MAIL_FROM',
    parse: mailbox,
    fallback: null,
    meaning:
      'Who mails are from: alerts@example.com or Atlas Webhooks <alerts@example.com>. Needed with ATLAS_SMTP_URL.',
  }),
  oidcIssuer: setting<string | null>({
    name: 'ATLAS_OIDC_ISSUER',
    parse: url(['http:', 'https:']),
    fallback: null,
    meaning: 'Lets people sign in to the dashboard with an OpenID provider, whose issuer this is.',
  }),
  oidcClientId: setting<string | null>({
    name: 'ATLAS_OIDC_CLIENT_ID',
    parse: text(/./, 'must not be empty'),
    fallback: null,
    meaning: 'What the OpenID provider calls this service. Needed with ATLAS_OIDC_ISSUER.',
  }),
  oidcClientSecret: setting<string | null>({
    name: 'ATLAS_OIDC_CLIENT_SECRET',
    parse: text(/./, 'must not be empty'),
    fallback: null,
    meaning: 'Shown to the OpenID provider. Needed with ATLAS_OIDC_ISSUER.',
  }),
  oidcName: setting({
    name: 'ATLAS_OIDC_NAME',
    parse: text(/./, 'must not be empty'),
    fallback: 'single sign-on',
    meaning: 'What the button says after "Continue with".',
  }),
  retentionDays: setting({
    name: 'ATLAS_RETENTION_DAYS',
    parse: integer(8, 3_650),
    fallback: '30',
    meaning: 'How long events, deliveries and attempts are kept: at least 8, longer than any retry schedule.',
  }),
  maxPayloadBytes: setting({
    name: 'ATLAS_MAX_PAYLOAD_BYTES',
    parse: integer(1_024, 16_777_216),
    fallback: '262144',
    meaning: 'The largest data of an event.',
  }),
  maxEndpointsPerWorkspace: setting({
    name: 'ATLAS_MAX_ENDPOINTS_PER_WORKSPACE',
    parse: integer(1, 10_000),
    fallback: '500',
    meaning: 'How many endpoints a workspace may have.',
  }),
  maxRequestsPerSecond: setting({
    name: 'ATLAS_MAX_REQUESTS_PER_SECOND',
    parse: integer(1, 1_000_000),
    fallback: '20000',
    meaning: 'How many requests an API key may make per second on this node; more are answered with 429.',
  }),
  portalName: setting<string | null>({
    name: 'ATLAS_PORTAL_NAME',
    parse: plain(60),
    fallback: null,
    meaning: 'What the customer portal is called: the name of your product.',
  }),
  portalLogoUrl: setting<string | null>({
    name: 'ATLAS_PORTAL_LOGO_URL',
    parse: logoUrl,
    fallback: null,
    meaning: 'A picture for the head of the customer portal, http or https.',
  }),
  portalColor: setting<string | null>({
    name: 'ATLAS_PORTAL_COLOR',
    parse: color,
    fallback: null,
    meaning:
      'The colour of buttons and links in the customer portal, such as #0b5cad. Text keeps its contrast, so shades may differ from it.',
  }),
  portalOrigins: setting<readonly string[]>({
    name: 'ATLAS_PORTAL_ORIGINS',
    parse: origins,
    fallback: '',
    meaning:
      'The sites that may show the customer portal in a frame: https://app.example.com, separated by commas. Without it, none may.',
  }),
  logLevel: setting<(typeof logLevels)[number]>({
    name: 'ATLAS_LOG_LEVEL',
    parse: oneOf(logLevels),
    fallback: 'info',
    meaning: `How much is logged: ${logLevels.join(', ')}.`,
  }),
}

type Values = { readonly [Name in keyof typeof settings]: (typeof settings)[Name] extends Setting<infer V> ? V : never }

export interface Config extends Values {
  readonly dev: boolean
  /** null: people sign in with a password only. */
  readonly oidc: OidcProvider | null
}

export interface OidcProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** On the button. */
  readonly name: string
}

/** The environment cannot be used. One line for each fault, for the person who set it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** Known, but not to the server: the command line's and the tests'. */
const foreign = /^ATLAS_(SERVER|KEY|WORKSPACE|TEST_.*)$/

function oidcOf({ oidcIssuer: issuer, oidcClientId, oidcClientSecret, oidcName: name }: Values): OidcProvider | null {
  if (issuer === null || oidcClientId === null || oidcClientSecret === null) return null
  return { issuer, clientId: oidcClientId, clientSecret: oidcClientSecret, name }
}

/** Reads the environment. Throws a ConfigError that names every fault. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, args: { readonly dev: boolean }): Config {
  const known = new Set(Object.values(settings).map(({ name }) => name))
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith('ATLAS_') && !known.has(name) && !foreign.test(name),
  )
  const faults = unknown.sort().map((name) => `${name}: there is no such setting`)
  const values: Record<string, unknown> = {}
  for (const [field, of] of Object.entries(settings) as [string, Setting<unknown>][]) {
    const source = env[of.name] === undefined && of.alias !== undefined ? of.alias : of.name
    const given = env[source] ?? (args.dev ? of.devFallback : undefined) ?? of.fallback
    if (given === null) {
      values[field] = null
      continue
    }
    const parsed = of.parse(given.trim())
    if (parsed.ok) values[field] = parsed.value
    else faults.push(`${source}: ${parsed.reason}`)
  }
  // A value that cannot be read has its fault already.
  if (values.mailServer && values.mailFrom === null) {
    faults.push(`${settings.mailFrom.name}: must be set when ${settings.mailServer.name} is`)
  }
  for (const needed of [settings.oidcClientId, settings.oidcClientSecret]) {
    if (values.oidcIssuer && env[needed.name] === undefined) {
      faults.push(`${needed.name}: must be set when ${settings.oidcIssuer.name} is`)
    }
  }
  if (faults.length > 0) throw new ConfigError(faults)
  const read = values as unknown as Values
  return { ...read, oidc: oidcOf(read), dev: args.dev }
}

function good<Value>(value: Value): Parsed<Value> {
  return { ok: true, value }
}

function bad(reason: string): Parsed<never> {
  return { ok: false, reason }
}

function integer(least: number, most: number): (given: string) => Parsed<number> {
  return (given) => {
    const value = /^\d{1,12}$/.test(given) ? Number(given) : Number.NaN
    return value >= least && value <= most ? good(value) : bad(`must be a whole number from ${least} to ${most}`)
  }
}

function text(pattern: RegExp, rule: string): (given: string) => Parsed<string> {
  return (given) => (pattern.test(given) ? good(given) : bad(rule))
}

function oneOf<const Name extends string>(names: readonly Name[]): (given: string) => Parsed<Name> {
  return (given) => {
    const found = names.find((name) => name === given)
    return found === undefined ? bad(`must be one of ${names.join(', ')}`) : good(found)
  }
}

function boolean(given: string): Parsed<boolean> {
  if (given === 'true' || given === '1') return good(true)
  if (given === 'false' || given === '0') return good(false)
  return bad('must be true or false')
}

/** An empty text is the same as none: compose files pass variables on that are not set. */
function url(protocols: readonly string[]): (given: string) => Parsed<string | null> {
  const names = protocols.map((protocol) => `${protocol}//`).join(' or ')
  return (given) => {
    if (given === '') return good(null)
    const parsed = URL.parse(given)
    // The value may hold a password, so it is not repeated.
    if (parsed === null || !protocols.includes(parsed.protocol)) return bad(`must be a URL that begins with ${names}`)
    return good(given.replace(/\/+$/, ''))
  }
}

function plain(longest: number): (given: string) => Parsed<string | null> {
  return (given) => {
    if (given === '') return good(null)
    return given.length <= longest && !/\p{Cc}/u.test(given)
      ? good(given)
      : bad(`must be text of up to ${longest} characters`)
  }
}

function color(given: string): Parsed<string | null> {
  if (given === '') return good(null)
  return /^#[0-9a-f]{6}$/i.test(given) ? good(given.toLowerCase()) : bad('must be # and six hexadecimal digits')
}

function origins(given: string): Parsed<readonly string[]> {
  const parsed = parseOrigins(given)
  return parsed
    ? good(parsed)
    : bad('must be origins like https://app.example.com, without a path, separated by commas')
}

function logoUrl(given: string): Parsed<string | null> {
  const parsed = url(['http:', 'https:'])(given)
  if (!parsed.ok || parsed.value === null || plainOriginOf(parsed.value) !== null) return parsed
  return bad('must name a host of letters, digits, dots and hyphens')
}

/** The value may hold a password, so it is not repeated. */
function mailServer(given: string): Parsed<MailServer | null> {
  if (given === '') return good(null)
  const server = parseMailServer(given)
  return server ? good(server) : bad('must be like smtp://user:password@mail.example.com:587, percent-encoded')
}

function mailbox(given: string): Parsed<Mailbox | null> {
  if (given === '') return good(null)
  const parsed = parseMailbox(given)
  return parsed ? good(parsed) : bad('must be like alerts@example.com or Atlas Webhooks <alerts@example.com>')
}

function operatorKey(given: string): Parsed<string | null> {
  return isOperatorKey(given) ? good(given) : bad(`must be ${operatorKeyPrefix} and at least 32 letters and digits`)
}

function masterKey(given: string): Parsed<string | null> {
  try {
    createKeyring(given)
    return good(given)
  } catch (error) {
    if (error instanceof MasterKeyError) return bad(error.message)
    throw error
  }
}

function auditSigningKey(given: string): Parsed<string | null> {
  try {
    createAuditSigner(given)
    return good(given)
  } catch (error) {
    if (error instanceof SigningKeyError) return bad(error.message)
    throw error
  }
}

function cidrs(given: string): Parsed<readonly Cidr[]> {
  const parsed = parseCidrs(given)
  return parsed.ok ? good(parsed.cidrs) : bad(parsed.reason)
}

function roleSet(given: string): Parsed<ReadonlySet<Role>> {
  const names = given.split(',').map((name) => name.trim())
  const known = roles.filter((role) => names.includes(role))
  const allKnown = names.every((name) => roles.some((role) => role === name))
  return allKnown && known.length > 0 ? good(new Set(known)) : bad('must be api, worker or both, separated by a comma')
}
