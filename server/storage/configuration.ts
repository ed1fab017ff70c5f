import type { Queryable } from './database.ts'

const bump = {
  name: 'bump-configuration',
  text: 'update workspaces set config_version = config_version + 1 where id = $1',
}

const notify = {
  name: 'notify-configuration',
  text: `select pg_notify('configuration', $1)`,
}

/**
 * Marks the configuration of a workspace as changed. Belongs in the transaction of every change of the workspace, its
 * endpoints, keys and event types: publishes that were planned with the old version are planned anew, and the nodes
 * are told to forget it.
 */
export async function bumpConfiguration(transaction: Queryable, workspaceId: string): Promise<void> {
  await transaction.execute(bump, [workspaceId])
  await transaction.execute(notify, [workspaceId])
}
