import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'
import { type Stream, wordsOf } from './stream.ts'

/** For who came to where endpoints are created, and may not. */
export function NoCreation({ stream }: { stream: Stream }) {
  const { endpoint } = wordsOf({ stream })
  return (
    <Page title={`New ${endpoint}`}>
      <Empty title={`You may look at ${endpoint}s, not create them`}>Ask an admin of the workspace to do it.</Empty>
    </Page>
  )
}
