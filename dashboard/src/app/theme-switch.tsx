import { Monitor, Moon, Sun } from 'lucide-react'
import { IconButton } from '../parts/button.tsx'
import { setTheme, themes, useTheme } from './theme.ts'

export function ThemeSwitch() {
  const theme = useTheme()
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  const Icon = { system: Monitor, light: Sun, dark: Moon }[theme]
  return (
    <IconButton label={`Theme: ${theme}. Change to ${next}.`} size="small" onClick={() => setTheme(next)}>
      <Icon aria-hidden className="size-4" />
    </IconButton>
  )
}
