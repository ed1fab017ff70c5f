import clsx from 'clsx'
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { Button } from './button.tsx'
import { copyText } from './clipboard.ts'
import { toast } from './toast.ts'

const shownMs = 1_500

function useCopy(text: string): { isCopied: boolean; copy: () => void } {
  const [isCopied, setIsCopied] = useState(false)
  return {
    isCopied,
    copy() {
      copyText(text).then(
        () => {
          setIsCopied(true)
          setTimeout(() => setIsCopied(false), shownMs)
        },
        () => toast('The browser does not let this page copy. Select the text instead.'),
      )
    },
  }
}

/** An id, which is copied by a click. */
export function Id({ id, className }: { id: string; className?: string }) {
  const { isCopied, copy } = useCopy(id)
  return (
    <button
      type="button"
      title={isCopied ? 'Copied' : 'Click to copy'}
      // Relative, so that the announcement, which is behind the text, is cut off with it.
      className={clsx('relative max-w-full truncate rounded font-mono text-xs hover:bg-hover', className)}
      onClick={(event) => {
        // Inside a row that opens on a click.
        event.stopPropagation()
        event.preventDefault()
        copy()
      }}
    >
      {isCopied ? 'Copied' : id}
      <Announcement isMade={isCopied} />
    </button>
  )
}

/** For screen readers. */
function Announcement({ isMade }: { isMade: boolean }) {
  return (
    <span role="status" className="sr-only">
      {isMade && 'Copied'}
    </span>
  )
}

export function CopyButton({
  text,
  label = 'Copy',
  size = 'small',
}: {
  text: string
  label?: string
  size?: 'small' | 'normal'
}) {
  const { isCopied, copy } = useCopy(text)
  const Icon = isCopied ? Check : Copy
  return (
    <>
      <Button size={size} onClick={copy}>
        <Icon aria-hidden className="size-3.5" />
        {isCopied ? 'Copied' : label}
      </Button>
      <Announcement isMade={isCopied} />
    </>
  )
}
