type Rgb = readonly [red: number, green: number, blue: number]

const white: Rgb = [255, 255, 255]
const black: Rgb = [0, 0, 0]

// Of src/styles.css: the grounds that accented text stands on, and of which the hardest to read on.
const themes = {
  light: { toward: black, page: white, ground: '#eef0f4', soft: 0.1, onAccent: '#ffffff' },
  dark: { toward: white, page: rgb('#171b23'), ground: '#212733', soft: 0.2, onAccent: '#0b0e13' },
} as const

/** What text needs to be read with ease. */
const enough = 4.5
const steps = 100

export interface Accent {
  /** For links, and as the ground of buttons. */
  readonly accent: string
  /** For text on it. */
  readonly onAccent: string
  /** A ground with a touch of it. */
  readonly soft: string
}

/**
 * The shade of a colour that text can be read in and on, the nearest to the colour itself.
 * @param color `#` and six hexadecimal digits
 */
export function accentOf(color: string, theme: keyof typeof themes): Accent {
  const { toward, page, ground, soft, onAccent } = themes[theme]
  for (let step = 0; step <= steps; step++) {
    const shade = mix(rgb(color), toward, step / steps)
    const accent = hex(shade)
    const touched = hex(mix(page, shade, soft))
    const worst = Math.min(...[ground, touched, onAccent].map((other) => contrast(accent, other)))
    if (worst >= enough) return { accent, onAccent, soft: touched }
  }
  throw new Error(`${color} has no shade that can be read`)
}

/** The contrast of two colours as WCAG 2 measures it, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(rgb(one)), luminance(rgb(other))].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (value: number) => (value <= 10.314 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4)
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const part = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * share)
  return [part(0), part(1), part(2)]
}

function rgb(color: string): Rgb {
  const part = (at: number) => Number.parseInt(color.slice(at, at + 2), 16)
  return [part(1), part(3), part(5)]
}

function hex(color: Rgb): string {
  return `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
