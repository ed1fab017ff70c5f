import { Link, Outlet, useNavigate, useParams, useRouterState } from '@tanstack/react-router'
import clsx from 'clsx'
import { MenuIcon, Search, Server } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useState } from 'react'
import { useMe, workspaceNamed } from '../api/me.ts'
import { IconButton } from '../parts/button.tsx'
import { loadLater } from '../parts/load-later.ts'
import { AccountMenu } from './account-menu.tsx'
import { usePaletteKey, useSlash } from './keyboard.ts'
import { Mark } from './mark.tsx'
import { navigation } from './navigation.ts'
import { SignInAgain } from './sign-in-again.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

// Most visits don't open it.
const loadPalette = loadLater(() => import('./palette.tsx'))
const Palette = lazy(() => loadPalette().then((module) => ({ default: module.Palette })))

/** Everything around a page: side bar, the bar on top, the palette. */
export function Shell() {
  const me = useMe()
  const { workspace: name } = useParams({ strict: false })
  const scopes = workspaceNamed(me, name)?.scopes ?? (name !== undefined && me.operator ? ['read'] : [])
  const [isPaletteOpen, setIsPaletteOpen] = useState(false)
  const [isMenuOpen, setIsMenuOpen] = useState(false)
  const openPalette = useCallback(() => setIsPaletteOpen(true), [])
  usePaletteKey(openPalette)
  useSlash()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page was opened
  useEffect(() => setIsMenuOpen(false), [path])

  const places = name === undefined ? [] : navigation.filter(({ scope }) => (scopes as string[]).includes(scope))
  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50 focus:bg-raised focus:p-2"
      >
        Skip to the page
      </a>
      <nav
        aria-label="Pages"
        className={clsx(
          'z-30 w-56 shrink-0 flex-col gap-4 overflow-y-auto border-r bg-side p-3 md:sticky md:top-0 md:flex md:h-dvh',
          isMenuOpen ? 'fixed inset-y-0 left-0 flex shadow-xl' : 'hidden',
        )}
      >
        <Link to="/" className="flex items-center gap-2 px-2 py-1 font-semibold text-base">
          <Mark />
          Atlas
        </Link>
        <WorkspaceSwitch name={name} />
        <ul className="flex flex-col gap-0.5">
          {places.map(({ to, label, Icon }) => (
            <li key={to}>
              <Link
                to={to}
                params={{ workspace: name ?? '' }}
                activeOptions={{ exact: to === '/w/$workspace', includeSearch: false }}
                className="flex items-center gap-2.5 rounded-md px-2 py-1.5 text-dim hover:bg-hover hover:text-text"
                activeProps={{ className: 'bg-hover font-medium text-text!' }}
              >
                <Icon aria-hidden className="size-4" />
                {label}
              </Link>
            </li>
          ))}
        </ul>
        <div className="mt-auto flex flex-col gap-0.5">
          {me.operator && (
            <Link
              to="/operator"
              className="flex items-center gap-2.5 rounded-md px-2 py-1.5 text-dim hover:bg-hover hover:text-text"
              activeProps={{ className: 'bg-hover font-medium text-text!' }}
            >
              <Server aria-hidden className="size-4" />
              Operator
            </Link>
          )}
          <a href="/docs" className="rounded-md px-2 py-1.5 text-dim hover:bg-hover hover:text-text">
            API reference
          </a>
        </div>
      </nav>
      {isMenuOpen && (
        <button
          type="button"
          aria-label="Close the menu"
          className="fixed inset-0 z-20 bg-shade md:hidden"
          onClick={() => setIsMenuOpen(false)}
        />
      )}
      <div className="flex min-w-0 grow flex-col">
        <header className="sticky top-0 z-10 flex h-12 items-center gap-2 border-b bg-page px-3">
          <IconButton
            label="Menu"
            size="small"
            className="md:hidden"
            aria-expanded={isMenuOpen}
            onClick={() => setIsMenuOpen(true)}
          >
            <MenuIcon aria-hidden className="size-4" />
          </IconButton>
          <button
            type="button"
            onClick={openPalette}
            className="flex h-8 min-w-0 grow items-center gap-2 rounded-md border border-line bg-soft px-2 text-dim sm:max-w-72"
          >
            <Search aria-hidden className="size-4 shrink-0" />
            <span className="truncate">Go to…</span>
            <kbd className="ml-auto hidden font-sans text-xs sm:inline">⌘K</kbd>
          </button>
          <div className="ml-auto flex items-center gap-1">
            <ThemeSwitch />
            <AccountMenu />
          </div>
        </header>
        <main id="main" tabIndex={-1} className="min-w-0 grow outline-none">
          <Outlet />
        </main>
      </div>
      <SignInAgain />
      {isPaletteOpen && (
        <Suspense>
          <Palette close={() => setIsPaletteOpen(false)} places={places} workspace={name ?? null} />
        </Suspense>
      )}
    </div>
  )
}

function WorkspaceSwitch({ name }: { name: string | undefined }) {
  const { workspaces } = useMe()
  const navigate = useNavigate()
  const current = workspaces.find(({ id, slug }) => id === name || slug === name)
  return (
    <select
      aria-label="Workspace"
      value={current?.id ?? name ?? ''}
      className="h-9 w-full rounded-md border border-strong-line bg-raised px-2"
      onChange={(event) => {
        const chosen = workspaces.find(({ id }) => id === event.target.value)
        if (chosen) void navigate({ to: '/w/$workspace', params: { workspace: chosen.slug ?? chosen.id } })
      }}
    >
      {name === undefined && <option value="">Choose a workspace</option>}
      {name !== undefined && !current && <option value={name}>{name}</option>}
      {workspaces.map(({ id, name: label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </select>
  )
}
