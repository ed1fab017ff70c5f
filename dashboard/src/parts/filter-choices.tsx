import { Menu } from '@base-ui/react/menu'
import { Check, ChevronDown } from 'lucide-react'
import { useId } from 'react'

/** Some of a few. In the address they are joined by commas, as the API takes them; undefined means all. */
export function FilterChoices({
  label,
  value,
  options,
  change,
}: {
  label: string
  value: string | undefined
  options: readonly (readonly [value: string, label: string])[]
  change: (value: string | undefined) => void
}) {
  const id = useId()
  const chosen = new Set(value?.split(','))
  const names = options.filter(([each]) => chosen.has(each)).map(([, name]) => name)
  const choose = (each: string, isChosen: boolean) => {
    const after = options.map(([other]) => other).filter((other) => (other === each ? isChosen : chosen.has(other)))
    change(after.length === 0 ? undefined : after.join(','))
  }
  return (
    <div className="flex min-w-0 max-w-56 flex-col">
      <span id={`${id}-label`} className="text-dim text-xs">
        {label}
      </span>
      <Menu.Root>
        <Menu.Trigger
          id={id}
          aria-labelledby={`${id}-label ${id}`}
          className="flex h-8 min-w-24 cursor-pointer items-center justify-between gap-2 rounded-md border border-strong-line bg-raised px-2 text-sm"
        >
          <span className="truncate">{names.length === 0 ? 'All' : names.join(', ')}</span>
          <ChevronDown aria-hidden className="size-4 shrink-0 text-dim" />
        </Menu.Trigger>
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
    </div>
  )
}
