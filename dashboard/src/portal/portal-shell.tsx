import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { useEffect } from 'react'
import { meQuery, useMe } from '../api/me.ts'
import { useSlash } from '../app/keyboard.ts'
import { ThemeSwitch } from '../app/theme-switch.tsx'
import { ExpiredOverPage } from './expired-over-page.tsx'
import { PortalHead } from './head.tsx'
import { offerLink } from './link.ts'
import { portalPages } from './pages.ts'

/** Everything around a page of the customer portal: a bar on top, and tabs. Nothing of who runs the service. */
export function PortalShell() {
  const [workspace] = useMe().workspaces
  // A page that asks for nothing learns that its link has expired too.
  useQuery({ ...meQuery, refetchInterval: 60_000 })
  useSlash()
  useEffect(offerLink, [])
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50 focus:bg-raised focus:p-2"
      >
        Skip to the page
      </a>
      <PortalHead>
        <span className="truncate text-dim">{workspace?.name}</span>
        <ThemeSwitch />
      </PortalHead>
      <nav aria-label="Pages" className="sticky top-0 z-10 overflow-x-auto border-b bg-page px-2">
        <ul className="flex">
          {portalPages.map(({ to, label, Icon }) => (
            <li key={to}>
              <Link
                to={to}
                params={{ workspace: workspace?.id ?? '' }}
                className="flex items-center gap-2 border-transparent border-b-2 px-3 py-2.5 whitespace-nowrap text-dim hover:text-text"
                activeProps={{ className: 'border-accent! font-medium text-text!' }}
              >
                <Icon aria-hidden className="size-4" />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" tabIndex={-1} className="min-w-0 grow outline-none">
        <Outlet />
      </main>
      <ExpiredOverPage />
    </div>
  )
}
