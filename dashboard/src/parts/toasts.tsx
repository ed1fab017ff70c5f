import { CSPProvider } from '@base-ui/react/csp-provider'
import { Toast } from '@base-ui/react/toast'
import { X } from 'lucide-react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'

const manager = Toast.createToastManager()

// Beside the page, which does not wait for them. At once, with its effects: only then does it listen to the manager.
flushSync(() => createRoot(document.body.appendChild(document.createElement('div'))).render(<Toasts />))

export function addToast(title: string): void {
  manager.add({ title })
}

function Toasts() {
  return (
    <CSPProvider disableStyleElements>
      <Toast.Provider toastManager={manager}>
        <Toast.Portal>
          <Toast.Viewport className="fixed right-4 bottom-4 z-60 flex w-[calc(100vw-2rem)] flex-col gap-2 sm:w-80">
            <List />
          </Toast.Viewport>
        </Toast.Portal>
      </Toast.Provider>
    </CSPProvider>
  )
}

function List() {
  const { toasts } = Toast.useToastManager()
  return toasts.map((each) => (
    <Toast.Root key={each.id} toast={each} className="rounded-md border bg-raised shadow-lg">
      <Toast.Content className="flex items-center justify-between gap-2 p-3">
        <Toast.Title className="text-sm" />
        <Toast.Close aria-label="Dismiss" className="rounded p-1 text-dim hover:bg-hover">
          <X aria-hidden className="size-4" />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ))
}
