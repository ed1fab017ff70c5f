import { Link, Outlet } from '@tanstack/react-router'
import { useWorkspace } from '../../api/me.ts'
import { Page } from '../../parts/page.tsx'

const tabs = [
  ['/w/$workspace/settings', 'Workspace'],
  ['/w/$workspace/settings/members', 'Members'],
] as const

export function SettingsLayout() {
  const { slug, id } = useWorkspace()
  return (
    <Page title="Settings">
      <nav aria-label="Settings" className="flex flex-wrap gap-1 border-b">
        {tabs.map(([to, label]) => (
          <Link
            key={to}
            to={to}
            params={{ workspace: slug ?? id }}
            activeOptions={{ exact: true }}
            className="border-transparent border-b-2 px-3 py-2 text-dim hover:text-text"
            activeProps={{ className: 'border-accent! text-text!' }}
          >
            {label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </Page>
  )
}
