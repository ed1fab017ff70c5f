import { defaultAuditRetentionDays, defaultAuditTypePrefix, type Workspace } from '../domain/workspace.ts'
import type { Queryable } from './database.ts'

interface WorkspaceRow {
  readonly id: string
  readonly name: string
  readonly slug: string | null
  readonly strict_types: boolean
  readonly validate_payloads: boolean
  readonly audit_retention_days: number
  readonly alert_emails: string[]
  readonly audit_type_prefix: string
  readonly config_version: number
  readonly created_at: Date
  readonly updated_at: Date
}

const columns = `id, name, slug, strict_types, validate_payloads, audit_retention_days, audit_type_prefix,
  config_version, created_at, updated_at, alert_emails`

function toWorkspace(row: WorkspaceRow): Workspace {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    strictTypes: row.strict_types,
    validatePayloads: row.validate_payloads,
    auditRetentionDays: row.audit_retention_days,
    alertEmails: row.alert_emails,
    auditTypePrefix: row.audit_type_prefix,
    configVersion: row.config_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export interface NewWorkspace
  extends Pick<Workspace, 'id' | 'name' | 'slug' | 'strictTypes' | 'validatePayloads' | 'createdAt'> {
  readonly auditRetentionDays?: number | undefined
  readonly alertEmails?: readonly string[] | undefined
  readonly auditTypePrefix?: string | undefined
}

const insert = {
  name: 'insert-workspace',
  text: `insert into workspaces (id, name, slug, strict_types, validate_payloads, created_at, updated_at,
      audit_retention_days, audit_type_prefix, alert_emails)
    values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9) on conflict (slug) do nothing returning ${columns}`,
}

/** null: the slug is taken. */
export async function insertWorkspace(db: Queryable, workspace: NewWorkspace): Promise<Workspace | null> {
  const { id, name, slug, strictTypes, validatePayloads, createdAt } = workspace
  const days = workspace.auditRetentionDays ?? defaultAuditRetentionDays
  const prefix = workspace.auditTypePrefix ?? defaultAuditTypePrefix
  const emails = workspace.alertEmails ?? []
  const values = [id, name, slug, strictTypes, validatePayloads, createdAt, days, prefix, emails]
  const [row] = await db.query<WorkspaceRow>(insert, values)
  return row ? toWorkspace(row) : null
}

const findById = { name: 'find-workspace', text: `select ${columns} from workspaces where id = $1` }
const findBySlug = { name: 'find-workspace-by-slug', text: `select ${columns} from workspaces where slug = $1` }

export async function findWorkspace(
  db: Queryable,
  by: { readonly id: string } | { readonly slug: string },
): Promise<Workspace | null> {
  const [row] =
    'id' in by ? await db.query<WorkspaceRow>(findById, [by.id]) : await db.query<WorkspaceRow>(findBySlug, [by.slug])
  return row ? toWorkspace(row) : null
}

const list = {
  name: 'list-workspaces',
  text: `select ${columns} from workspaces where ($1::uuid is null or id < $1) order by id desc limit $2`,
}

/** Newest first. `before` is the last id of the page before. */
export async function listWorkspaces(
  db: Queryable,
  page: { readonly before: string | null; readonly limit: number },
): Promise<Workspace[]> {
  return (await db.query<WorkspaceRow>(list, [page.before, page.limit])).map(toWorkspace)
}

/** Those that somebody is a member of, the newest first, up to `limit`. */
export async function workspacesOf(db: Queryable, userId: string, limit: number): Promise<Workspace[]> {
  const rows = await db.query<WorkspaceRow>(
    {
      name: 'workspaces-of',
      text: `select ${columns} from workspaces where id = any(array(select workspace_id from members where user_id = $1))
        order by id desc limit $2`,
    },
    [userId, limit],
  )
  return rows.map(toWorkspace)
}

export interface WorkspaceChange {
  readonly name?: string | undefined
  readonly slug?: string | null | undefined
  readonly strictTypes?: boolean | undefined
  readonly validatePayloads?: boolean | undefined
  readonly auditRetentionDays?: number | undefined
  readonly alertEmails?: readonly string[] | undefined
  readonly auditTypePrefix?: string | undefined
}

const isSlugTaken = {
  name: 'is-slug-taken',
  text: 'select id from workspaces where slug = $1 and id <> $2',
}

const update = {
  name: 'update-workspace',
  text: `update workspaces set name = coalesce($2, name), slug = case when $3 then $4 else slug end,
      strict_types = coalesce($5, strict_types), validate_payloads = coalesce($6, validate_payloads), updated_at = $7,
      audit_retention_days = coalesce($8, audit_retention_days),
      audit_type_prefix = coalesce($9, audit_type_prefix), alert_emails = coalesce($10, alert_emails)
    where id = $1 returning ${columns}`,
}

/** Fields that are undefined stay as they are. */
export async function updateWorkspace(
  transaction: Queryable,
  id: string,
  change: WorkspaceChange,
  now: Date,
): Promise<Workspace | 'slug_taken' | null> {
  const { name, slug, strictTypes, validatePayloads } = change
  if (typeof slug === 'string') {
    // Two changes to the same slug at once still meet at the unique index; this answers all other cases in words.
    const taken = await transaction.query(isSlugTaken, [slug, id])
    if (taken.length > 0) return 'slug_taken'
  }
  const values = [
    id,
    name ?? null,
    slug !== undefined,
    slug ?? null,
    strictTypes ?? null,
    validatePayloads ?? null,
    now,
    change.auditRetentionDays ?? null,
    change.auditTypePrefix ?? null,
    change.alertEmails ?? null,
  ]
  const [row] = await transaction.query<WorkspaceRow>(update, values)
  return row ? toWorkspace(row) : null
}

const hold = { name: 'hold-workspace', text: 'select id from workspaces where id = $1 for key share' }

/** Keeps a workspace from being deleted until the transaction ends; false: it is gone already. */
export async function holdWorkspace(transaction: Queryable, id: string): Promise<boolean> {
  return (await transaction.query(hold, [id])).length > 0
}

const remove = { name: 'delete-workspace', text: 'delete from workspaces where id = $1' }

/** Takes keys, endpoints and event types along. Events, deliveries and attempts go with their retention. */
export async function deleteWorkspace(db: Queryable, id: string): Promise<boolean> {
  return (await db.execute(remove, [id])) > 0
}
