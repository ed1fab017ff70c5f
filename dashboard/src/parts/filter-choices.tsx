import { ChevronDown } from 'lucide-react'
import { lazy, useId } from 'react'
import { loadLater } from './load-later.ts'
import { LoadedOnClick } from './loaded-on-click.tsx'

const load = loadLater(() => import('./choices-menu.tsx'))
const ChoicesMenu = lazy(() => load().then((module) => ({ default: module.ChoicesMenu })))

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
  const trigger = (
    <button
      type="button"
      id={id}
      aria-labelledby={`${id}-label ${id}`}
      className="flex h-8 min-w-24 cursor-pointer items-center justify-between gap-2 rounded-md border border-strong-line bg-raised px-2 text-sm"
    >
      <span className="truncate">{names.length === 0 ? 'All' : names.join(', ')}</span>
      <ChevronDown aria-hidden className="size-4 shrink-0 text-dim" />
    </button>
  )
  return (
    <div className="flex min-w-0 max-w-56 flex-col">
      <span id={`${id}-label`} className="text-dim text-xs">
        {label}
      </span>
      <LoadedOnClick button={trigger}>
        <ChoicesMenu trigger={trigger} chosen={chosen} options={options} choose={choose} />
      </LoadedOnClick>
    </div>
  )
}
