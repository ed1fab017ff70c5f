import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useTheme } from '../app/theme.ts'
import type { ChartProps } from './chart-series.ts'
import { ChartTable, exactTime } from './chart-table.tsx'

const height = 200
const day = 86_400_000
// Nothing that is counted, and no duration, has a fraction.
const wholeSteps = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((first) => first * 10 ** power)).flat()
const swatches = { info: 'bg-info', bad: 'bg-bad', warn: 'bg-warn', text: 'bg-text' } as const
const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** Figures over time. What the drawing shows stands in a table too. */
export function Chart(props: ChartProps) {
  const { title, times, series, format } = props
  const host = useRef<HTMLDivElement>(null)
  const [pointed, setPointed] = useState<number | null>(null)
  useDrawing(host, props, setPointed)
  const at = pointed === null ? undefined : times[pointed]
  return (
    <figure aria-label={title} className="min-w-0">
      <figcaption className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <span className="font-medium">{title}</span>
        <span className="flex flex-wrap gap-x-3 text-dim text-xs">
          {at !== undefined && <span>{exactTime.format(at)}</span>}
          {series.map(({ label, color, values }) => {
            const value = pointed === null ? null : (values[pointed] ?? null)
            return (
              <span key={label} className="inline-flex items-center gap-1">
                <span aria-hidden className={`size-2 rounded-full ${swatches[color]}`} />
                {label}
                {value !== null && <span className="text-text tabular-nums">{format(value)}</span>}
              </span>
            )
          })}
        </span>
      </figcaption>
      <div ref={host} aria-hidden className="w-full overflow-hidden" style={{ height }} />
      <ChartTable title={title} times={times} series={series} format={format} />
    </figure>
  )
}

function useDrawing(
  host: React.RefObject<HTMLDivElement | null>,
  props: ChartProps,
  point: (index: number | null) => void,
): void {
  const theme = useTheme()
  const latest = useRef(props)
  latest.current = props
  const chart = useRef<uPlot | null>(null)
  // Another number of lines is another chart; everything else changes in place, so that nothing flickers.
  const form = `${props.kind} ${props.series.map(({ label }) => label).join()}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: the form says whether it has to be made anew
  useEffect(() => {
    const element = host.current
    if (!element) return
    const drawing = new uPlot(
      optionsOf(element, () => latest.current, point),
      dataOf(latest.current),
      element,
    )
    chart.current = drawing
    const resized = new ResizeObserver(() => drawing.setSize({ width: element.clientWidth, height }))
    resized.observe(element)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const redraw = () => drawing.redraw(false)
    dark.addEventListener('change', redraw)
    return () => {
      dark.removeEventListener('change', redraw)
      resized.disconnect()
      drawing.destroy()
      chart.current = null
    }
  }, [form])
  const { times, series } = props
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what the data are made of
  useEffect(() => chart.current?.setData(dataOf(latest.current)), [times, series])
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew with each drawing
  useEffect(() => chart.current?.redraw(false), [theme])
}

/** Bars are drawn one over the other, so each is as high as all up to it. The highest is drawn first. */
function dataOf({ times, stepMs, series, kind }: ChartProps): uPlot.AlignedData {
  const middles = times.map((time) => (time + stepMs / 2) / 1000)
  if (kind === 'lines') return [middles, ...series.map(({ values }) => [...values])]
  const sums = series.map((_, index) =>
    times.map((_, point) => series.slice(0, index + 1).reduce((sum, { values }) => sum + (values[point] ?? 0), 0)),
  )
  return [middles, ...sums.reverse()]
}

function optionsOf(
  element: HTMLElement,
  props: () => ChartProps,
  point: (index: number | null) => void,
): uPlot.Options {
  const { series, kind } = props()
  const color = (name: string) => resolvedColor(element, name)
  const drawn = kind === 'bars' ? [...series].reverse() : series
  const bars = uPlot.paths.bars?.({ size: [0.8, 40] })
  const axis: uPlot.Axis = {
    stroke: () => color('dim'),
    grid: { stroke: () => color('line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: kind === 'lines' } },
    hooks: { setCursor: [({ cursor }) => point(cursor.idx ?? null)] },
    scales: {
      x: {
        range: (_, min, max) => [min - props().stepMs / 2000, max + props().stepMs / 2000],
      },
      y: { range: (_, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      { ...axis, size: 28, grid: { show: false }, values: (_, splits) => labels(props().times, splits) },
      {
        ...axis,
        size: 60,
        incrs: [...wholeSteps],
        values: (_, splits) => splits.map((value) => props().format(value)),
      },
    ],
    series: [
      {},
      ...drawn.map(({ label, color: name, dash }): uPlot.Series => {
        const stroke = () => color(name)
        // A point without neighbours is no line.
        if (kind === 'lines')
          return {
            label,
            stroke,
            width: 2,
            dash: [...(dash ?? [])],
            points: { show: true, size: 5, fill: stroke, filter: withoutNeighbours },
          }
        return {
          label,
          stroke,
          points: { show: false },
          width: 0,
          fill: () => color(name),
          ...(bars && { paths: bars }),
        }
      }),
    ],
  }
}

/** Of a line the points that it would not show, since nothing was measured before and after them. */
function withoutNeighbours(drawing: uPlot, series: number): number[] {
  const values = drawing.data[series] ?? []
  const isEmpty = (index: number) => (values[index] ?? null) === null
  return Array.from(values.keys()).filter((index) => !isEmpty(index) && isEmpty(index - 1) && isEmpty(index + 1))
}

function labels(times: readonly number[], splits: readonly number[]): string[] {
  const length = (times.at(-1) ?? 0) - (times[0] ?? 0)
  const format = length > 1.5 * day ? dayOfYear : timeOfDay
  // Where several marks are of one day its name stands once.
  return splits.map((split, index) => {
    const label = format.format(split * 1000)
    const before = splits[index - 1]
    return before !== undefined && format === dayOfYear && format.format(before * 1000) === label ? '' : label
  })
}

/** A canvas knows neither custom properties nor `light-dark()`; what the browser makes of them for text it does. */
function resolvedColor(element: HTMLElement, name: string): string {
  element.style.color = `var(--color-${name})`
  const { color } = getComputedStyle(element)
  element.style.removeProperty('color')
  return color
}
