import { useWorkspace } from '../../api/me.ts'
import { Empty } from '../../parts/empty.tsx'

/** What comes next in a workspace in which nothing has happened yet. The page changes by itself once it was done. */
export function FirstSteps({ hasEndpoint }: { hasEndpoint: boolean }) {
  const { id, slug } = useWorkspace()
  const call = (path: string, body: object) =>
    `curl -sS ${location.origin}/v1/workspaces/${slug ?? id}/${path} \\
  -H "Authorization: Bearer $ATLAS_KEY" -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(body)}'`
  if (hasEndpoint) {
    return (
      <Empty
        title="Publish the first event"
        command={call('events', { type: 'deal.created', data: { id: 'deal_01', value: 48_000 } })}
      >
        Every endpoint that wants events of this type gets it, signed. $ATLAS_KEY is an API key of this workspace.
      </Empty>
    )
  }
  return (
    <Empty
      title="Create the first endpoint"
      command={call('endpoints', { url: 'https://hooks.example.com/atlas', types: ['deal.*'] })}
    >
      An endpoint is a URL that wants events of some types. $ATLAS_KEY is an API key of this workspace.
    </Empty>
  )
}
