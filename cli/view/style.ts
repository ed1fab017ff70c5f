import { styleText } from 'node:util'

const formats = { good: 'green', bad: 'red', warning: 'yellow', faint: 'gray', strong: 'bold', accent: 'cyan' } as const

/** What a text is to stand out as. */
export type Tone = keyof typeof formats

/** Gives a text its tone. */
export type Style = (tone: Tone, text: string) => string

/** Without any colour, for what is not a terminal. */
export const plain: Style = (_, text) => text

export const coloured: Style = (tone, text) => styleText(formats[tone], text, { validateStream: false })

/** The tone of a state of a delivery, a status of an endpoint, or a state of a job. */
export function toneOf(state: string): Tone {
  if (/^(?:delivered|active|done|success)$/.test(state)) return 'good'
  if (/^(?:dead_letter|failed|give_up|disabled)$/.test(state)) return 'bad'
  if (/^(?:retrying|retry|paused|held)$/.test(state)) return 'warning'
  return 'faint'
}

/** The tone of an HTTP status; null: there was no answer. */
export function toneOfStatus(status: number | null): Tone {
  if (status === null || status >= 400) return 'bad'
  return status >= 300 ? 'warning' : 'good'
}
