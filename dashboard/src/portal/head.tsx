import { type ReactNode, useState } from 'react'
import { useBranding } from './branding.ts'

/** The bar on top: whose portal this is. */
export function PortalHead({ children }: { children?: ReactNode }) {
  const { name, logo_url: logo } = useBranding()
  const [isBroken, setIsBroken] = useState(false)
  return (
    <header className="flex h-14 items-center gap-3 border-b px-4">
      {logo !== null && !isBroken ? (
        <img
          src={logo}
          alt={name ?? 'Webhooks'}
          className="h-8 max-w-48 object-contain"
          referrerPolicy="no-referrer"
          onError={() => setIsBroken(true)}
        />
      ) : (
        <span className="truncate font-semibold text-base">{name ?? 'Webhooks'}</span>
      )}
      {children && <div className="ml-auto flex min-w-0 items-center gap-2">{children}</div>}
    </header>
  )
}
