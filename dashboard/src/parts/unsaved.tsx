import { deepEqual, useBlocker } from '@tanstack/react-router'
import { Confirm } from './confirm.tsx'

/**
 * Asks before what was typed is lost with the page.
 *
 * @param hasSteps other parameters of the same address are other steps of the same form
 */
export function Unsaved({ isTyped, hasSteps = false }: { isTyped: boolean; hasSteps?: boolean }) {
  const { status, proceed, reset } = useBlocker({
    // Another place in the same page, as the link to its main part, is no other page.
    shouldBlockFn: ({ current, next }) =>
      current.pathname !== next.pathname || (!hasSteps && !deepEqual(current.search, next.search)),
    enableBeforeUnload: isTyped,
    disabled: !isTyped,
    withResolver: true,
  })
  return (
    <Confirm
      title="Leave without saving?"
      action="Leave"
      isDangerous
      isOpen={status === 'blocked'}
      close={() => reset?.()}
      run={async () => proceed?.()}
    >
      What was typed on this page is lost.
    </Confirm>
  )
}
