import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from './button.tsx'

/** A dialog over the page. Escape and a click beside it close it, unless it must be answered. */
export function Dialog({
  title,
  isOpen,
  close,
  children,
  isWide = false,
  mustBeAnswered = false,
}: {
  title: string
  isOpen: boolean
  close: () => void
  children: ReactNode
  isWide?: boolean
  mustBeAnswered?: boolean
}) {
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && close()} disablePointerDismissal={mustBeAnswered}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Base.Viewport className="fixed inset-0 z-50 flex items-start justify-center overflow-y-auto p-3 pt-[10vh]">
          <Base.Popup
            className={`flex w-full flex-col gap-4 rounded-lg border bg-raised p-5 shadow-xl outline-none ${isWide ? 'max-w-3xl' : 'max-w-lg'}`}
          >
            <div className="flex items-start justify-between gap-2">
              <Base.Title className="font-semibold text-base">{title}</Base.Title>
              {!mustBeAnswered && (
                <IconButton label="Close" size="small" onClick={close}>
                  <X aria-hidden className="size-4" />
                </IconButton>
              )}
            </div>
            {children}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}
