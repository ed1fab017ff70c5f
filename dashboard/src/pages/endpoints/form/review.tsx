import { Facts } from '../../../parts/page.tsx'
import { wordsOf } from '../stream.ts'
import { parseDurations } from './durations.ts'
import type { EndpointValues } from './endpoint-values.ts'
import { guideOf } from './profiles.ts'
import { ScheduleTimeline } from './schedule-timeline.tsx'

/** All settings as they will be saved, or as they are. Values of headers are not shown. */
export function Review({ values }: { values: EndpointValues }) {
  const { batch, options } = values
  const { events, types } = wordsOf(values)
  const none = <span className="text-dim">none</span>
  return (
    <>
      <Facts
        facts={[
          ['Profile', guideOf(values.profile).name],
          [
            'URL',
            values.url ? (
              <span key="url" className="break-all font-mono text-xs">
                {values.url}
              </span>
            ) : (
              <NotYet key="url" />
            ),
          ],
          ['Description', values.description || none],
          ['Headers', values.headers.map(({ name }) => name).join(', ') || none],
          ...(Object.keys(options).length > 0 ? ([['Options', showOptions(options)]] as const) : []),
          [types, values.types.length > 0 ? values.types.join(', ') : 'all'],
          [
            'Filter',
            values.filter ? (
              <code key="filter" className="break-all text-xs">
                {values.filter}
              </code>
            ) : (
              none
            ),
          ],
          ['Tags', values.tags || 'all'],
          ['Order', values.serialize ? 'strictly in order' : 'as fast as possible'],
          ...(values.profile === 'atlas'
            ? []
            : ([['Batch', `${batch.max_events} ${events} or ${batch.window_seconds} s`]] as const)),
          ['Rate', values.max_per_second ? `at most ${values.max_per_second} requests a second` : 'no limit'],
          ['Requests at once', values.max_in_flight || '20'],
          ['Timeout', `${values.timeout_seconds || '10'} s`],
        ]}
      />
      <ScheduleTimeline
        seconds={parseDurations(values.retry_schedule_seconds).filter((each) => typeof each === 'number')}
      />
    </>
  )
}

function NotYet() {
  return <span className="text-bad">not said yet</span>
}

function showOptions(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('; ')
}
