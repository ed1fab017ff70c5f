import { Menu } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'

export const menuItemClass =
  'flex cursor-pointer items-center gap-2 rounded px-2 py-1.5 outline-none data-highlighted:bg-hover'

/** A button and what it opens; open at first, since it is loaded when the button is clicked. */
export function MenuFrame({
  trigger,
  align,
  children,
}: {
  trigger: ReactElement
  align: 'start' | 'end'
  children: ReactNode
}) {
  return (
    <Menu.Root defaultOpen>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align={align} className="z-50">
          <Menu.Popup className="min-w-44 rounded-md border bg-raised p-1 shadow-lg outline-none">
            {children}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
