import { useState } from 'react'
import { api } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Notice } from '../../parts/notice.tsx'

const tried = 10

/** Says which of the newest entries a filter lets through. */
export function FilterTrial({ filter }: { filter: string }) {
  const { id: workspace } = useWorkspace()
  const [said, setSaid] = useState<{ filter: string; text: string; isGood: boolean } | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  if (filter.trim() === '') return null
  const run = async () => {
    setIsBusy(true)
    try {
      setSaid({ filter, isGood: true, text: await tryOut(filter, workspace) })
    } catch (error) {
      setSaid({ filter, isGood: false, text: explain(error) })
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <div className="flex flex-col items-start gap-2">
      <Button size="small" isBusy={isBusy} onClick={() => void run()}>
        Try on the newest entries
      </Button>
      {said?.filter === filter && <Notice kind={said.isGood ? 'info' : 'bad'}>{said.text}</Notice>}
    </div>
  )
}

async function tryOut(filter: string, workspace: string): Promise<string> {
  const { data } = await api.auditLog.list({ limit: tried }, { workspace }).page()
  if (data.length === 0) return 'There is no entry to try it on yet.'
  const verdicts = await Promise.all(
    data.map(({ category, action, actor, target, description, metadata }) =>
      api.filters.test({ filter, entry: { category, action, actor, target, description, metadata } }, { workspace }),
    ),
  )
  const passed = data.filter((_, index) => verdicts[index]?.matches)
  const names = [...new Set(passed.map(({ category, action }) => `${category}.${action}`))]
  const which = names.length > 0 ? `: ${names.join(', ')}` : ''
  return `${passed.length} of the newest ${data.length} pass${which}.`
}
