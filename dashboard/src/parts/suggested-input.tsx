import { type ComponentProps, useId } from 'react'
import { Input } from './field.tsx'

/** A field for a name, with those that are known to choose from; others may be typed. */
export function SuggestedInput({ names, ...rest }: ComponentProps<'input'> & { names: readonly string[] }) {
  const list = useId()
  return (
    <>
      <Input {...rest} list={list} spellCheck={false} />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  )
}
