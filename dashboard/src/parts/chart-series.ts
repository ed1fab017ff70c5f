export interface ChartSeries {
  readonly label: string
  /** One of the colours of styles.css. Lines are told apart by their dashes too, for those who see few colours. */
  readonly color: 'info' | 'bad' | 'warn' | 'text'
  readonly dash?: readonly number[]
  readonly values: readonly (number | null)[]
}

export interface ChartProps {
  readonly title: string
  /** When each point begins, in milliseconds, at equal distances. */
  readonly times: readonly number[]
  /** How long the last point is. */
  readonly stepMs: number
  /** Of bars the first is at the bottom, and the others are stacked on it. */
  readonly series: readonly ChartSeries[]
  readonly kind: 'bars' | 'lines'
  format(value: number): string
}
