import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { StateBadge } from '../../parts/badge.tsx'
import { Failure } from '../../parts/failure.tsx'
import { showCount, showShare } from '../../parts/figure.tsx'
import { Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { type SpanName, spans } from './spans.ts'

const most = 10

/** Where attempts failed in this time, the most failures first. */
export function FailingEndpoints({ workspace, span }: { workspace: string; span: SpanName }) {
  const { lengthMs, refreshMs } = spans[span]
  const { data, error, refetch } = useQuery({
    queryKey: ['stats', workspace, span, 'failing'],
    queryFn: ({ signal }) =>
      api.stats.endpoints({ since: new Date(Date.now() - lengthMs), limit: most }, { workspace, signal }),
    refetchInterval: Math.max(refreshMs, 10_000),
    placeholderData: keepPreviousData,
  })
  return (
    <Section title="Endpoints that fail">
      {error && !data ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={3} />
      ) : data.data.length === 0 ? (
        <p className="text-dim">No attempt failed in this time.</p>
      ) : (
        <table className="w-full table-fixed border-collapse text-left">
          <thead>
            <tr className="border-b text-dim text-xs">
              <th scope="col" className="px-2 py-2 font-medium">
                Endpoint
              </th>
              <th scope="col" className="hidden w-28 px-2 py-2 font-medium sm:table-cell">
                Status
              </th>
              <th scope="col" className="w-20 px-2 py-2 text-right font-medium">
                Failed
              </th>
              <th scope="col" className="hidden w-28 px-2 py-2 text-right font-medium sm:table-cell">
                Dead letters
              </th>
              <th scope="col" className="w-24 px-2 py-2 text-right font-medium">
                Success
              </th>
            </tr>
          </thead>
          <tbody>
            {data.data.map(({ endpoint, url, description, status, attempts, deliveries, success_rate: rate }) => (
              <tr key={endpoint} className="border-b">
                <td className="truncate px-2 py-2">
                  <Link
                    from="/w/$workspace"
                    to={`/w/$workspace/endpoints/${endpoint}` as '/w/$workspace/endpoints'}
                    className="font-medium text-accent hover:underline"
                  >
                    {description || url}
                  </Link>
                  {description && <span className="block truncate text-dim text-xs">{url}</span>}
                </td>
                <td className="hidden px-2 py-2 sm:table-cell">
                  <StateBadge state={status} />
                </td>
                <td className="px-2 py-2 text-right tabular-nums">{showCount(attempts.failed)}</td>
                <td className="hidden px-2 py-2 text-right tabular-nums sm:table-cell">
                  {showCount(deliveries.dead_lettered)}
                </td>
                <td className="px-2 py-2 text-right tabular-nums">{rate === null ? '–' : showShare(rate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}
