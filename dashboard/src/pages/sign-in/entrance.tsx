import { type ReactNode, useEffect } from 'react'
import { Mark } from '../../app/mark.tsx'

/** A page for those who are not signed in yet. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} – Atlas Webhooks`
  }, [title])
  return (
    <main className="flex min-h-dvh items-start justify-center bg-side p-4 pt-[12vh]">
      <div className="flex w-full max-w-sm flex-col gap-5 rounded-lg border bg-raised p-6">
        <div className="flex items-center gap-2">
          <Mark />
          <h1 className="font-semibold text-lg">{title}</h1>
        </div>
        {children}
      </div>
    </main>
  )
}
