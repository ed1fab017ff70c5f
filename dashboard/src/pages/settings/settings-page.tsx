import { Link, Outlet } from '@tanstack/react-router'
import { useWorkspace } from '../../api/me.ts'
import { Page } from '../../parts/page.tsx'
import { tabs } from './tabs.ts'

export function SettingsPage() {
  const workspace = useWorkspace()
  const seen = tabs.filter(({ scope }) => workspace.can(scope))
  return (
    <Page title="Settings">
      <nav aria-label="Settings" className="-mx-4 overflow-x-auto border-b px-4 md:mx-0 md:px-0">
        <ul className="flex gap-1">
          {seen.map(({ to, label }) => (
            <li key={to}>
              <Link
                to={to}
                params={{ workspace: workspace.slug ?? workspace.id }}
                activeOptions={{ exact: true, includeSearch: false }}
                className="-mb-px block rounded-t-md border-transparent border-b-2 px-3 py-2 text-dim -outline-offset-2 hover:text-text"
                activeProps={{ className: 'border-accent! font-medium text-text!' }}
              >
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Outlet />
    </Page>
  )
}
