import clsx from 'clsx'
import { LoaderCircle } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'

const looks = {
  primary: 'bg-accent text-on-accent hover:opacity-90',
  secondary: 'border border-strong-line bg-raised text-text hover:bg-hover',
  ghost: 'text-dim hover:bg-hover hover:text-text',
  danger: 'bg-bad text-on-bad hover:opacity-90',
} as const

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof looks
  readonly size?: 'small' | 'normal'
  /** Work is under way: the button stays where it is, says so, and does nothing. */
  readonly isBusy?: boolean
}

export function buttonClass(look: keyof typeof looks = 'secondary', size: 'small' | 'normal' = 'normal'): string {
  return clsx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors',
    'disabled:cursor-not-allowed disabled:opacity-50',
    size === 'small' ? 'h-7 px-2 text-xs' : 'h-9 px-3 text-sm',
    looks[look],
  )
}

export function Button({
  look = 'secondary',
  size = 'normal',
  isBusy = false,
  className,
  onClick,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={clsx(buttonClass(look, size), isBusy && 'cursor-progress', className)}
      aria-busy={isBusy || undefined}
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
    >
      {isBusy && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
      {children}
    </button>
  )
}

/** A button that shows an icon only; the label is for those who don't see it, and on hover. */
export function IconButton({ label, children, ...rest }: ButtonProps & { label: string; children: ReactNode }) {
  return (
    <Button
      look="ghost"
      {...rest}
      aria-label={label}
      title={label}
      className={clsx('aspect-square px-0', rest.className)}
    >
      {children}
    </Button>
  )
}
