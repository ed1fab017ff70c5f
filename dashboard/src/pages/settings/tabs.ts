import type { IdentityWorkspace } from '@atlas-webhooks/sdk/src/generated/schemas.ts'

interface SettingsTab {
  readonly to: string
  readonly label: string
  /** What is needed to see it. */
  readonly scope: IdentityWorkspace['scopes'][number]
}

/** The parts of the settings, in their order. */
export const tabs: readonly SettingsTab[] = [
  { to: '/w/$workspace/settings', label: 'Workspace', scope: 'read' },
  { to: '/w/$workspace/settings/keys', label: 'API keys', scope: 'manage' },
  { to: '/w/$workspace/settings/alerts', label: 'Alerts', scope: 'read' },
]
