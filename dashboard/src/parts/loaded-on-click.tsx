import { type ButtonHTMLAttributes, cloneElement, type ReactElement, type ReactNode, Suspense, useState } from 'react'

/**
 * A button with the menu that it opens, which is loaded when it is clicked: pages are painted without it.
 *
 * @param children the same button with what is open now
 */
export function LoadedOnClick({
  button,
  children,
}: {
  button: ReactElement<ButtonHTMLAttributes<HTMLButtonElement>>
  children: ReactNode
}) {
  const [isWanted, setIsWanted] = useState(false)
  if (!isWanted) {
    const closed = { 'aria-haspopup': 'menu', 'aria-expanded': false } as const
    return cloneElement(button, { ...closed, onClick: () => setIsWanted(true) })
  }
  return <Suspense fallback={button}>{children}</Suspense>
}
