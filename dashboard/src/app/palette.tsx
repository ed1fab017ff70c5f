import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { useNavigate } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { setTheme } from './theme.ts'

interface Command {
  readonly label: string
  readonly hint?: string
  run(): void
}

/** Goes to any page and finds anything by its id. */
export function Palette({
  close,
  places,
  workspace,
}: {
  close: () => void
  places: readonly { readonly to: string; readonly label: string }[]
  workspace: string | null
}) {
  const navigate = useNavigate()
  const go = (to: string) => void navigate({ to: to.replace('$workspace', workspace ?? '') })
  const [query, setQuery] = useState('')
  const target = workspace === null ? null : idTarget(query)
  const commands: Command[] = [
    ...(target === null ? [] : [{ label: `Open ${query.trim()}`, hint: 'Id', run: () => go(target) }]),
    ...places.map(({ to, label }) => ({ label, hint: 'Page', run: () => go(to) })),
    ...(['light', 'dark', 'system'] as const).map((theme) => ({
      label: `Theme: ${theme}`,
      hint: 'Appearance',
      run: () => setTheme(theme),
    })),
  ]
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Dialog.Viewport className="fixed inset-0 z-50 flex items-start justify-center p-3 pt-[12vh]">
          <Dialog.Popup
            aria-label="Command palette"
            className="flex max-h-[70vh] w-full max-w-lg flex-col overflow-hidden rounded-lg border bg-raised shadow-xl outline-none"
          >
            <Autocomplete.Root<Command>
              open
              inline
              items={commands}
              itemToStringValue={({ label }) => label}
              autoHighlight="always"
              keepHighlight
              value={query}
              onValueChange={setQuery}
              filter={({ label }, typed) => label.toLowerCase().includes(typed.trim().toLowerCase())}
            >
              <Autocomplete.InputGroup className="flex items-center gap-2 border-b px-3">
                <Search aria-hidden className="size-4 text-dim" />
                <Autocomplete.Input
                  aria-label="Go to a page, or paste an id"
                  placeholder="Go to a page, or paste an id…"
                  className="h-12 w-full bg-transparent outline-none"
                />
              </Autocomplete.InputGroup>
              <Autocomplete.Empty>
                <div className="p-4 text-dim empty:hidden">Nothing is called that.</div>
              </Autocomplete.Empty>
              <Autocomplete.List className="overflow-y-auto p-1">
                {(command: Command) => (
                  <Autocomplete.Item
                    key={command.label}
                    value={command}
                    className="flex cursor-pointer items-center justify-between gap-2 rounded px-2 py-2 data-highlighted:bg-hover"
                    onClick={() => {
                      close()
                      command.run()
                    }}
                  >
                    {command.label}
                    <span className="text-dim text-xs">{command.hint}</span>
                  </Autocomplete.Item>
                )}
              </Autocomplete.List>
            </Autocomplete.Root>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

const pagesOfIds: Readonly<Record<string, string>> = {
  evt: 'events',
  dlv: 'deliveries',
  ep: 'endpoints',
}

/** The page of whatever has this id; null: it is none that has a page. */
function idTarget(text: string): string | null {
  const id = text.trim()
  const prefix = /^([a-z]+)_[0-9a-z]{26}$/.exec(id)?.[1]
  const page = prefix === undefined ? undefined : pagesOfIds[prefix]
  return page === undefined ? null : `/w/$workspace/${page}/${id}`
}
