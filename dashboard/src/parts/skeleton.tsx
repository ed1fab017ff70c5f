import clsx from 'clsx'

/** Holds the place of what is being loaded. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={clsx('animate-pulse rounded bg-soft', className ?? 'h-4 w-full')} />
}

/** Of a page or a part of it whose form is not known. */
export function Loading({ lines = 6 }: { lines?: number }) {
  return (
    <div role="status" className="flex flex-col gap-3 py-4">
      <span className="sr-only">Loading</span>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <Skeleton key={index} className="h-5 w-full" />
      ))}
    </div>
  )
}
