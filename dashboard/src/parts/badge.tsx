import clsx from 'clsx'
import type { ReactNode } from 'react'

const tones = {
  good: 'bg-good-soft text-good',
  bad: 'bg-bad-soft text-bad',
  warn: 'bg-warn-soft text-warn',
  info: 'bg-info-soft text-info',
  plain: 'bg-soft text-dim',
} as const
export type Tone = keyof typeof tones

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={clsx(
        'inline-flex items-center rounded px-1.5 py-0.5 font-medium text-xs whitespace-nowrap',
        tones[tone],
      )}
    >
      {children}
    </span>
  )
}

const states: Readonly<Record<string, readonly [Tone, string]>> = {
  // Of deliveries
  pending: ['info', 'Pending'],
  held: ['plain', 'Held'],
  delivering: ['info', 'Delivering'],
  delivered: ['good', 'Delivered'],
  retrying: ['warn', 'Retrying'],
  dead_letter: ['bad', 'Dead letter'],
  canceled: ['plain', 'Canceled'],
  // Of endpoints
  active: ['good', 'Active'],
  paused: ['warn', 'Paused'],
  disabled: ['plain', 'Disabled'],
  // Of attempts
  success: ['good', 'Success'],
  failure: ['bad', 'Failed'],
  failed: ['bad', 'Failed'],
}

/** The state of a delivery, an endpoint or an attempt, always in the same words and colours. */
export function StateBadge({ state }: { state: string }) {
  const [tone, label] = states[state] ?? ['plain', state]
  return <Badge tone={tone}>{label}</Badge>
}
