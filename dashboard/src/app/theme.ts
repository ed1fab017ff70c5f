import { useSyncExternalStore } from 'react'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const storageKey = 'atlas.theme'
const listeners = new Set<() => void>()
let theme = read()

function read(): Theme {
  try {
    return themes.find((each) => each === localStorage.getItem(storageKey)) ?? 'system'
  } catch {
    // In a frame of another site there may be no storage.
    return 'system'
  }
}

/** Before anything is drawn. */
export function applyTheme(): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function setTheme(next: Theme): void {
  theme = next
  try {
    localStorage.setItem(storageKey, next)
  } catch {
    // Then it holds for this page.
  }
  applyTheme()
  for (const each of listeners) each()
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => theme,
  )
}
