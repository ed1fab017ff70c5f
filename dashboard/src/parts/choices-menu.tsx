import { Menu } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactElement } from 'react'

/** A menu, open at first, in which some of a few are chosen. */
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
    <Menu.Root defaultOpen>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start" className="z-50">
          <Menu.Popup className="min-w-44 rounded-md border bg-raised p-1 shadow-lg outline-none">
            {options.map(([each, name]) => (
              <Menu.CheckboxItem
                key={each}
                closeOnClick={false}
                checked={chosen.has(each)}
                onCheckedChange={(isChosen) => choose(each, isChosen)}
                className="flex cursor-pointer items-center gap-2 rounded px-2 py-1.5 outline-none data-highlighted:bg-hover"
              >
                <span className="size-4">
                  <Menu.CheckboxItemIndicator>
                    <Check aria-hidden className="size-4" />
                  </Menu.CheckboxItemIndicator>
                </span>
                {name}
              </Menu.CheckboxItem>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
