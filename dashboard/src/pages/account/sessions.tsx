import { useQuery } from '@tanstack/react-query'
import { callAuth } from '../../api/auth.ts'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Notice } from '../../parts/notice.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { Time } from '../../parts/time.tsx'
import { toast } from '../../parts/toast.ts'
import { useRunning } from '../../parts/use-running.ts'

interface Session {
  readonly id: string
  readonly createdAt: string
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** Where one is signed in. */
export function Sessions() {
  const { data, error, refetch } = useQuery({
    queryKey: ['sessions'],
    queryFn: () => callAuth<Session[]>('GET', '/list-sessions'),
  })
  const { error: failure, isBusy, run } = useRunning()
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <Loading lines={2} />
  return (
    <div className="flex flex-col gap-3">
      <ul className="flex flex-col divide-y">
        {data.map(({ id, createdAt, ipAddress, userAgent }) => (
          <li key={id} className="flex flex-wrap justify-between gap-2 py-2">
            <span className="min-w-0 truncate">{userAgent || 'Unknown browser'}</span>
            <span className="text-dim">
              {ipAddress} · <Time at={createdAt} />
            </span>
          </li>
        ))}
      </ul>
      {failure !== null && <Notice kind="bad">{failure}</Notice>}
      <div>
        <Button
          isBusy={isBusy}
          onClick={() =>
            run(async () => {
              await callAuth('POST', '/revoke-other-sessions')
              await refetch()
              toast('You are signed out everywhere else.')
            })
          }
        >
          Sign out everywhere else
        </Button>
      </div>
    </div>
  )
}
