/** A kind of action that is known by name. Others may be recorded too. */
export interface AuditActionDefinition {
  readonly category: string
  readonly action: string
  readonly description: string
}

const catalog = {
  workspace: {
    created: 'A workspace was set up.',
    updated: 'Something about a workspace was changed.',
    deleted: 'A workspace was removed with all that belongs to it.',
    renamed: 'A workspace got another name.',
    slug_changed: 'A workspace got another name in URLs.',
    logo_updated: 'A workspace got another logo.',
    settings_changed: 'A setting or an event type of a workspace was changed.',
    audit_log_purged: 'Entries older than the retention were removed from the audit log.',
  },
  team_member: {
    invited: 'Somebody was asked to join.',
    invitation_withdrawn: 'Somebody is no longer asked to join.',
    joined: 'Somebody who was asked to join has done so.',
    removed: 'Somebody no longer belongs to the team.',
    role_changed: 'A member may do more or less than before.',
  },
  github: {
    repository_imported: 'A repository was connected.',
    repository_removed: 'A repository was disconnected.',
  },
  permission: {
    assigned: 'Somebody was given a permission.',
    removed: 'A permission was taken away.',
    default_created: 'A permission that everybody has was added.',
    default_removed: 'A permission that everybody had was taken away.',
  },
  schedule: {
    created: 'Something was put on a schedule.',
    updated: 'A schedule was changed.',
    deleted: 'A schedule was removed.',
  },
  workflow: {
    dispatched: 'A workflow was started.',
    completed: 'A workflow came to its end.',
    failed: 'A workflow broke off.',
  },
  pull_request: {
    opened: 'A change was proposed.',
    updated: 'A proposed change was revised.',
    merged: 'A proposed change was taken in.',
  },
  release: { created: 'A version was released.' },
  instance: { drift_status_updated: 'An instance was found to match its configuration, or no longer to.' },
  lock: {
    created: 'Something was locked against changes.',
    deleted: 'A lock was lifted.',
  },
  auth: {
    oidc_token_exchange_success: 'A token of an identity provider was exchanged for one of ours.',
    oidc_token_exchange_failure: 'A token of an identity provider was refused.',
    signed_in: 'Somebody signed in.',
    sign_in_failed: 'Somebody tried to sign in and was refused.',
    signed_out: 'Somebody signed out.',
    link_created: 'A link that signs in once was made.',
    second_factor_enabled: 'Somebody signs in with a second factor from now on.',
    second_factor_disabled: 'Somebody signs in without a second factor from now on.',
    password_changed: 'Somebody changed their password.',
    password_reset_requested: 'Somebody asked for a new password, because they forgot theirs.',
    password_link_created: 'The operator made a link that sets a new password for somebody.',
    password_reset: 'A new password was set with a link, and all sessions were ended.',
    name_changed: 'Somebody changed their name.',
  },
  billing: {
    subscription_created: 'A subscription began.',
    subscription_updated: 'A subscription was changed.',
    subscription_canceled: 'A subscription was ended.',
    payment_succeeded: 'A payment went through.',
    payment_failed: 'A payment did not go through.',
  },
  entitlement: { plan_changed: 'A plan was exchanged for another one.' },
  webhook: {
    created: 'An endpoint was registered.',
    updated: 'The settings of an endpoint were changed.',
    deleted: 'An endpoint was removed.',
    enabled: 'A disabled endpoint takes events again.',
    disabled: 'An endpoint takes no more events.',
    paused: 'Events for an endpoint are held.',
    resumed: 'What was held for an endpoint flows again.',
    tested: 'A test was sent to an endpoint.',
    secret_rotated: 'An endpoint got a new secret, or old ones were ended.',
    redelivered: 'Deliveries were begun anew.',
    redelivery_canceled: 'A redelivery in bulk was stopped before its end.',
  },
  api_key: {
    created: 'An API key was made.',
    revoked: 'An API key was made invalid.',
  },
  portal_session: {
    created: 'A link to the customer portal was made.',
    revoked: 'A session of the customer portal was ended before its time.',
  },
} as const satisfies Record<string, Record<string, string>>

type Catalog = typeof catalog

/** `category.action` of everything in the catalog. */
export type BuiltInAction = { [C in keyof Catalog]: `${C}.${keyof Catalog[C] & string}` }[keyof Catalog]

/** The catalog, by category. */
export const builtInActions: readonly AuditActionDefinition[] = Object.entries(catalog).flatMap(([category, actions]) =>
  Object.entries(actions).map(([action, description]) => ({ category, action, description })),
)
