import { Menu } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactElement } from 'react'
import { MenuFrame, menuItemClass } from './menu-frame.tsx'

/** A menu in which some of a few are chosen. */
export function ChoicesMenu({
  trigger,
  chosen,
  options,
  choose,
}: {
  trigger: ReactElement
  chosen: ReadonlySet<string>
  options: readonly (readonly [value: string, label: string])[]
  choose: (value: string, isChosen: boolean) => void
}) {
  return (
    <MenuFrame trigger={trigger} align="start">
      {options.map(([each, name]) => (
        <Menu.CheckboxItem
          key={each}
          closeOnClick={false}
          checked={chosen.has(each)}
          onCheckedChange={(isChosen) => choose(each, isChosen)}
          className={menuItemClass}
        >
          <span className="size-4">
            <Menu.CheckboxItemIndicator>
              <Check aria-hidden className="size-4" />
            </Menu.CheckboxItemIndicator>
          </span>
          {name}
        </Menu.CheckboxItem>
      ))}
    </MenuFrame>
  )
}
