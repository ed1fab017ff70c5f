import { Download } from 'lucide-react'
import { useState } from 'react'
import { buttonClass } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { FilterTimes } from '../../parts/filter.tsx'

interface Times {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** The export as a file: the browser writes it to the disk as it comes, so it may be of any size. */
export function ExportDialog({
  workspace,
  times: initial,
  isOpen,
  close,
}: {
  workspace: string
  /** Those of the filters. */
  times: Times
  isOpen: boolean
  close: () => void
}) {
  const [chosen, setTimes] = useState<Times | null>(null)
  const times = chosen ?? initial
  const query = new URLSearchParams()
  if (times.since !== undefined) query.set('since', times.since)
  if (times.until !== undefined) query.set('until', times.until)
  const leave = () => {
    setTimes(null)
    close()
  }
  return (
    <Dialog title="Export the audit log" isOpen={isOpen} close={leave}>
      <p>
        JSON lines, oldest first, with the signed checkpoints: all that it takes to verify the log without this server.
        Its last line begins with <code className="font-mono text-xs">{'{"end"'}</code>; if that is missing, the
        download broke off.
      </p>
      <div className="flex flex-wrap gap-2">
        <FilterTimes since={times.since} until={times.until} change={setTimes} />
      </div>
      <p className="text-dim text-xs">
        When entries were recorded, in your local time. Without times it is the whole log. A part begins at the signed
        checkpoint before it, with up to an hour more.
      </p>
      <div className="flex justify-end">
        <a
          href={`/v1/workspaces/${encodeURIComponent(workspace)}/audit-log/export${query.size > 0 ? `?${query}` : ''}`}
          className={buttonClass('primary')}
          // The times stay: what follows the link is where it leads to after this.
          onClick={close}
        >
          <Download aria-hidden className="size-4" />
          Download
        </a>
      </div>
    </Dialog>
  )
}
