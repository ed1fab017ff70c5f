import { Link, Outlet } from '@tanstack/react-router'
import { useWorkspace } from '../../api/me.ts'
import { Page } from '../../parts/page.tsx'
import { useIsAdmin } from './use-is-admin.ts'

/** The parts of the settings, in their order; some are for administrators. */
const tabs = [
  { to: '/w/$workspace/settings', label: 'Workspace', forAdmins: false },
  { to: '/w/$workspace/settings/members', label: 'Members', forAdmins: false },
  { to: '/w/$workspace/settings/keys', label: 'API keys', forAdmins: true },
  { to: '/w/$workspace/settings/alerts', label: 'Alerts', forAdmins: false },
] as const

export function SettingsLayout() {
  const { slug, id } = useWorkspace()
  const isAdmin = useIsAdmin()
  return (
    <Page title="Settings">
      <nav aria-label="Settings" className="flex flex-wrap gap-1 border-b">
        {tabs.map(
          ({ to, label, forAdmins }) =>
            (isAdmin || !forAdmins) && (
              <Link
                key={to}
                to={to}
                params={{ workspace: slug ?? id }}
                activeOptions={{ exact: true, includeSearch: false }}
                className="border-transparent border-b-2 px-3 py-2 text-dim -outline-offset-2 hover:text-text"
                activeProps={{ className: 'border-accent! text-text!' }}
              >
                {label}
              </Link>
            ),
        )}
      </nav>
      <Outlet />
    </Page>
  )
}
