import { ApiError } from '@atlas-webhooks/sdk/src/api-error.ts'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { explain } from '../api/explain.ts'

export interface FormState<Values> {
  readonly values: Values
  /** Of a field, by the name that the API has for it. */
  error(path: string): string | undefined
  /** What is wrong and belongs to no field of this form. */
  readonly failure: string | null
  readonly isBusy: boolean
  /** Something was typed since the beginning. */
  readonly isTyped: boolean
  set<Name extends keyof Values>(name: Name, value: Values[Name]): void
  submit(event?: FormEvent): void
}

/**
 * A form whose faults the API finds: each is shown at its field until that is changed, and what was typed stays. The
 * first of them gets the focus: in a long form it may be out of sight.
 *
 * @param fields the paths that have a field: faults of others, and all else that fails, are in `failure`
 * @param save rejects with what is wrong
 */
export function useForm<Values extends object>(
  initial: Values,
  fields: readonly string[],
  save: (values: Values) => Promise<unknown>,
): FormState<Values> {
  const [values, setValues] = useState(initial)
  const [begun] = useState(values)
  const [error, setError] = useState<unknown>(null)
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set())
  const [isBusy, setIsBusy] = useState(false)
  const isRunning = useRef(false)
  const element = useRef<Element>(null)
  useEffect(() => {
    if (error !== null) goToFault(element.current)
  }, [error])

  const faults = error instanceof ApiError ? error.errors : []
  const fieldOf = (path: string) => fields.find((name) => path === name || path.startsWith(`${name}.`))
  const strays = faults.filter(({ path }) => fieldOf(path) === undefined)
  const isFieldsOnly = faults.length > 0 && strays.length === 0

  async function run(): Promise<void> {
    if (isRunning.current) return
    isRunning.current = true
    setIsBusy(true)
    try {
      await save(values)
      setError(null)
    } catch (failed) {
      setError(failed)
    } finally {
      setChanged(new Set())
      setIsBusy(false)
      isRunning.current = false
    }
  }

  return {
    values,
    error(path) {
      if (changed.has(path)) return undefined
      const fault = faults.find((each) => fieldOf(each.path) === path)
      if (!fault) return undefined
      const rest = fault.path.slice(path.length + 1)
      return rest === '' ? fault.message : `${rest} ${fault.message}`
    },
    failure: error === null || isFieldsOnly ? null : explain(error),
    isBusy,
    isTyped: values !== begun,
    set(name, value) {
      setValues((before) => ({ ...before, [name]: value }))
      setChanged((before) => new Set(before).add(String(name)))
    },
    submit(event) {
      event?.preventDefault()
      element.current = event?.currentTarget ?? null
      void run()
    },
  }
}

function goToFault(form: Element | null): void {
  const first = form?.querySelector<HTMLElement>('[aria-invalid=true], [role=alert]')
  if (first?.matches('[aria-invalid=true]')) first.focus()
  else first?.scrollIntoView({ block: 'nearest' })
}
