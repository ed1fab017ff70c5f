import { Download } from 'lucide-react'
import { buttonClass } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'

/** The export as a file: the browser writes it to the disk as it comes, so it may be of any size. */
export function ExportDialog({ workspace, isOpen, close }: { workspace: string; isOpen: boolean; close: () => void }) {
  return (
    <Dialog title="Export the audit log" isOpen={isOpen} close={close}>
      <p>
        JSON lines, oldest first, with the signed checkpoints: all that it takes to verify the log without this server.
        Its last line begins with <code className="font-mono text-xs">{'{"end"'}</code>; if that is missing, the
        download broke off.
      </p>
      <div className="flex justify-end">
        <a
          href={`/v1/workspaces/${encodeURIComponent(workspace)}/audit-log/export`}
          className={buttonClass('primary')}
          onClick={close}
        >
          <Download aria-hidden className="size-4" />
          Download
        </a>
      </div>
    </Dialog>
  )
}
