import clsx from 'clsx'
import { CopyButton } from './copy.tsx'
import { showDirectionMarks } from './direction-marks.ts'

/** Text as it is, such as a command or a body; never taken for markup. What is copied is the text itself. */
export function Code({ text, label, className }: { text: string; label: string; className?: string }) {
  return (
    <div className={clsx('overflow-hidden rounded-md border', className)}>
      <div className="flex items-center justify-between gap-2 border-b bg-soft py-1 pr-1 pl-3">
        <span className="truncate text-dim text-xs">{label}</span>
        <CopyButton text={text} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <section tabIndex={0} aria-label={label} className="max-h-96 overflow-auto p-3">
        <pre className="font-mono text-xs" dir="auto">
          {showDirectionMarks(text)}
        </pre>
      </section>
    </div>
  )
}
