import { cloneElement, type MouseEventHandler, type ReactElement, type ReactNode, Suspense, useState } from 'react'

/**
 * A button with what it opens, which is loaded when it is clicked: pages are painted without it.
 *
 * @param children the same button with what is open now
 */
export function LoadedOnClick({
  button,
  children,
}: {
  button: ReactElement<{ onClick?: MouseEventHandler }>
  children: ReactNode
}) {
  const [isWanted, setIsWanted] = useState(false)
  if (!isWanted) return cloneElement(button, { onClick: () => setIsWanted(true) })
  return <Suspense fallback={button}>{children}</Suspense>
}
