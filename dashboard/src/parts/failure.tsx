import { explain } from '../api/explain.ts'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'

/** What could not be loaded, and a way to try again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <Notice kind="bad" className="my-4 items-start">
      <p>{explain(error)}</p>
      {retry && (
        <Button size="small" className="mt-2" onClick={retry}>
          Try again
        </Button>
      )}
    </Notice>
  )
}
