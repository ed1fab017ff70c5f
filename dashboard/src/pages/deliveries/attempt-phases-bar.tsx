import { showDuration } from '../../parts/time.tsx'
import type { Phase } from './attempt-phases.ts'

const looks: Readonly<Record<string, string>> = {
  'Look-up': 'bg-info',
  Connect: 'bg-warn',
  TLS: 'bg-accent',
  'First byte': 'bg-good',
  Rest: 'bg-strong-line',
}

/** Where the time went, as a bar and in words. */
export function AttemptPhasesBar({ phases }: { phases: readonly Phase[] }) {
  if (phases.length === 0) return null
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">Time</h3>
      <div aria-hidden className="flex h-2 gap-px overflow-hidden rounded">
        {phases.map(({ name, ms }) => (
          <span key={name} className={looks[name]} style={{ flexGrow: Math.max(ms, 0.01), minWidth: 2 }} />
        ))}
      </div>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
        {phases.map(({ name, ms }) => (
          <li key={name} className="flex items-center gap-1.5">
            <span aria-hidden className={`size-2 rounded-full ${looks[name]}`} />
            {name} <span className="text-dim">{showDuration(ms)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
