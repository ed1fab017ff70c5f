import { useQuery } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { Badge } from '../../parts/badge.tsx'
import { Failure } from '../../parts/failure.tsx'
import { showCount } from '../../parts/figure.tsx'
import { Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { Time } from '../../parts/time.tsx'

const refreshMs = 5_000
const head = 'px-2 py-2 font-medium'
const wide = 'hidden md:table-cell'

/** The server processes, those that ended within the last hour too. */
export function Nodes() {
  const { data, error, refetch } = useQuery({
    queryKey: ['nodes'],
    queryFn: ({ signal }) => api.nodes.list({ signal }),
    refetchInterval: refreshMs,
  })
  return (
    <Section title="Nodes">
      {error && !data ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : (
        <table aria-label="Nodes" className="w-full border-collapse text-left">
          <thead>
            <tr className="border-b text-dim text-xs">
              <th scope="col" className={head}>
                Node
              </th>
              <th scope="col" className={head}>
                State
              </th>
              <th scope="col" className={`${head} ${wide}`}>
                Version
              </th>
              <th scope="col" className={`${head} ${wide}`}>
                Roles
              </th>
              <th scope="col" className={`${head} ${wide}`}>
                Started
              </th>
              <th scope="col" className={head}>
                Heard of
              </th>
              <th scope="col" className={`${head} text-right`}>
                In hand
              </th>
            </tr>
          </thead>
          <tbody>
            {data.data.map((node) => (
              <tr key={node.id} className="border-b">
                <td className="max-w-40 truncate px-2 py-2">
                  {node.host ?? 'unknown'} <span className="text-dim">#{node.id}</span>
                </td>
                <td className="px-2 py-2">
                  <Badge tone={node.state === 'alive' ? 'good' : 'plain'}>
                    {node.state === 'alive' ? 'Alive' : 'Gone'}
                  </Badge>
                </td>
                <td className={`px-2 py-2 ${wide}`}>{node.version ?? '–'}</td>
                <td className={`px-2 py-2 ${wide}`}>{node.roles?.join(', ') ?? '–'}</td>
                <td className={`px-2 py-2 ${wide}`}>
                  <Time at={node.started_at} />
                </td>
                <td className="px-2 py-2">
                  <Time at={node.heartbeat_at} />
                </td>
                <td className="px-2 py-2 text-right tabular-nums">{showCount(node.deliveries_in_hand)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}
