import type { IdentityWorkspace } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import {
  Activity,
  Archive,
  Boxes,
  Cable,
  type LucideIcon,
  Radio,
  ScrollText,
  Send,
  Settings,
  ShieldCheck,
} from 'lucide-react'

export interface NavigationItem {
  readonly to: string
  readonly label: string
  readonly Icon: LucideIcon
  /** What is needed to see it. */
  readonly scope: IdentityWorkspace['scopes'][number]
  /** Customers see it in their portal. */
  readonly inPortal?: true
}

/** The pages of a workspace, in the order of the side bar. */
export const navigation: readonly NavigationItem[] = [
  { to: '/w/$workspace', label: 'Overview', Icon: Activity, scope: 'read' },
  { to: '/w/$workspace/events', label: 'Events', Icon: Radio, scope: 'read', inPortal: true },
  { to: '/w/$workspace/deliveries', label: 'Deliveries', Icon: Send, scope: 'read', inPortal: true },
  { to: '/w/$workspace/endpoints', label: 'Endpoints', Icon: Cable, scope: 'read', inPortal: true },
  { to: '/w/$workspace/dead-letters', label: 'Dead letters', Icon: Archive, scope: 'read', inPortal: true },
  { to: '/w/$workspace/event-types', label: 'Event catalog', Icon: Boxes, scope: 'read', inPortal: true },
  { to: '/w/$workspace/audit-log', label: 'Audit log', Icon: ScrollText, scope: 'read' },
  { to: '/w/$workspace/destinations', label: 'Destinations', Icon: ShieldCheck, scope: 'read' },
  { to: '/w/$workspace/settings', label: 'Settings', Icon: Settings, scope: 'read' },
]
