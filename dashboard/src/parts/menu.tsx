import { Menu as Base } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import { MenuFrame, menuItemClass } from './menu-frame.tsx'

export interface MenuItem {
  readonly label: ReactNode
  run(): void
}

/** What can be done, behind a button. */
export function Menu({ trigger, items }: { trigger: ReactElement; items: readonly MenuItem[] }) {
  return (
    <MenuFrame trigger={trigger} align="end">
      {items.map(({ label, run }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a menu's items do not change places
        <Base.Item key={index} className={menuItemClass} onClick={run}>
          {label}
        </Base.Item>
      ))}
    </MenuFrame>
  )
}
