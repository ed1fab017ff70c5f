import { useQuery } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'

const hours = 24
const hourMs = 3_600_000
const height = 20
const barWidth = 4

/** How much of the last day succeeded, hour by hour. Only rows in sight are drawn, so only they ask. */
export function SuccessRate({ endpoint }: { endpoint: string }) {
  const { id: workspace } = useWorkspace()
  const { data } = useQuery({
    queryKey: ['endpoint-day', workspace, endpoint],
    queryFn: ({ signal }) => {
      const since = new Date(Date.now() - hours * hourMs).toISOString()
      return api.endpoints.stats(endpoint, { since, step: hourMs / 1_000 }, { workspace, signal })
    },
    staleTime: 60_000,
  })
  if (!data) return null
  const points = data.series ?? []
  const most = Math.max(1, ...points.map(({ attempts }) => attempts.succeeded + attempts.failed))
  const rate = data.success_rate
  const label = rate === null ? 'No attempts' : `${(rate * 100).toFixed(rate === 1 ? 0 : 1)} %`
  return (
    <span className="flex items-center gap-3">
      <svg viewBox={`0 0 ${hours * barWidth} ${height}`} aria-hidden="true" className="h-5 w-24">
        {points.map(({ attempts: { succeeded, failed }, since }, index) => {
          const good = (succeeded / most) * height
          const bad = (failed / most) * height
          return (
            <g key={since}>
              <rect x={index * barWidth} y={height - good} width={barWidth - 1} height={good} className="fill-good" />
              <rect
                x={index * barWidth}
                y={height - good - bad}
                width={barWidth - 1}
                height={bad}
                className="fill-bad"
              />
            </g>
          )
        })}
      </svg>
      <span className={rate === null ? 'text-dim' : rate < 0.95 ? 'text-bad' : ''}>{label}</span>
    </span>
  )
}
