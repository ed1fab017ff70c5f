import { Failure } from '../parts/failure.tsx'

/** A page that could not be shown. */
export function Trouble({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <div className="mx-auto max-w-xl p-6">
      <Failure error={error} retry={reset} />
    </div>
  )
}
