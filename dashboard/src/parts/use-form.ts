import { ApiError } from '@atlas-webhooks/sdk/src/api-error.ts'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { explain } from '../api/explain.ts'

// The data of an event may have a hundred faults.
const mostTold = 5

export interface FieldFault {
  readonly path: string
  readonly message: string
}

/** What people read of the faults of a field; undefined: there are none. */
export function tellFaults(faults: readonly FieldFault[]): string | undefined {
  const told = faults.slice(0, mostTold).map(({ path, message }) => (path === '' ? message : `${path} ${message}`))
  if (faults.length > mostTold) told.push(`${faults.length - mostTold} more`)
  return told.length === 0 ? undefined : told.join('; ')
}

export interface FormState<Values> {
  readonly values: Values
  /** Of a field, by the name that the API has for it. */
  error(path: string): string | undefined
  /** The same one by one; the path of each is within the field: empty for the field itself. */
  faults(path: string): readonly FieldFault[]
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

  const faultsOf = (path: string): readonly FieldFault[] =>
    changed.has(path)
      ? []
      : faults
          .filter((each) => fieldOf(each.path) === path)
          .map((each) => ({ path: each.path.slice(path.length + 1), message: each.message }))

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
    error: (path) => tellFaults(faultsOf(path)),
    faults: faultsOf,
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
