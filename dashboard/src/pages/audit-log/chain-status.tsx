import type { AuditEntry } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Notice } from '../../parts/notice.tsx'
import { checkShown, type ShownChain } from './shown-chain.ts'

// Browsers have it on https and on localhost only.
const canHash = globalThis.crypto?.subtle !== undefined

/** What this browser found of the chain, of the entries that are shown, and how to verify all of it. */
export function ChainStatus({ entries, isSearch }: { entries: readonly AuditEntry[]; isSearch: boolean }) {
  const [isOpen, setIsOpen] = useState(false)
  const hashes = entries.map(({ hash }) => hash)
  const { data: found } = useQuery({
    queryKey: ['shown-chain', hashes],
    queryFn: () => checkShown(entries),
    enabled: canHash && entries.length > 0,
    placeholderData: (before) => before,
  })
  const fault = found && faultOf(found, isSearch)
  return (
    <>
      <Notice kind={fault ? 'bad' : found && entries.length > 0 ? 'good' : 'info'} className="items-center">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span>{fault ?? says(entries, found, isSearch)}</span>
          <Button size="small" onClick={() => setIsOpen(true)}>
            Verify the whole log
          </Button>
        </div>
      </Notice>
      <Dialog title="Verify the whole log" isOpen={isOpen} close={() => setIsOpen(false)} isWide>
        <p>
          Entries form a chain: each has the hash of the one before it, and once an hour the server signs the end of the
          chain, a checkpoint. The check on this page covers the entries that are shown and no signature. This command
          follows the chain from its beginning, checks every signature, and says which entries were removed, altered,
          reordered or cut off:
        </p>
        <Code text="npx atlas audit verify" label="In a terminal" />
        <p>Or without the server, from an export and keys that you keep somewhere else:</p>
        <Code
          text={`curl -sSf ${location.origin}/.well-known/atlas-audit-keys > audit-keys.json\nnpx atlas audit verify --file audit.ndjson --keys audit-keys.json`}
          label="In a terminal"
        />
      </Dialog>
    </>
  )
}

function faultOf({ altered, unlinked, gaps }: ShownChain, isSearch: boolean): string | null {
  if (altered.length > 0) return `The hash of entry ${list(altered)} does not fit its content: it was altered.`
  if (unlinked.length > 0) return `Entry ${list(unlinked)} does not follow on the entry before it.`
  if (!isSearch && gaps.length > 0) return `Entries are missing before entry ${list(gaps)}.`
  return null
}

function list(sequences: readonly number[]): string {
  return sequences.slice(0, 5).join(', ') + (sequences.length > 5 ? ' and others' : '')
}

function says(entries: readonly AuditEntry[], found: ShownChain | undefined, isSearch: boolean): string {
  const [newest] = entries
  if (!newest) return 'Entries form a chain of hashes, so that whoever removes or alters one is found.'
  const head = isSearch ? '' : `The chain goes up to entry ${newest.sequence}. `
  if (!canHash) return `${head}Browsers compute hashes on https only, so the chain is not checked here.`
  if (!found) return `${head}Checking hashes…`
  const shown = found.checked === 1 ? 'The entry shown has its hash' : `All ${found.checked} shown have their hashes`
  return `${head}${shown}${isSearch ? '.' : ', each following on the one before it.'}`
}
