import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { publish } from '../../api/as-written.ts'
import { useWorkspace } from '../../api/me.ts'
import { useEventType, useEventTypeNames } from '../../api/use-event-types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { JsonEditor } from '../../parts/json-editor.tsx'
import { findJsonFault } from '../../parts/json-fault.ts'
import { formatJson } from '../../parts/json-format.ts'
import { Notice } from '../../parts/notice.tsx'
import { SuggestedInput } from '../../parts/suggested-input.tsx'
import { toast } from '../../parts/toast.ts'
import { useForm } from '../../parts/use-form.ts'

/** Publishes an event that somebody writes, begun with the example of its type. Then its page is opened. */
export function PublishDialog({ type = '', close }: { type?: string; close: () => void }) {
  const { id: workspace, slug } = useWorkspace()
  const navigate = useNavigate()
  const client = useQueryClient()
  const names = useEventTypeNames()
  const form = useForm({ type, data: '', tags: '' }, ['type', 'data', 'tags'], async (values) => {
    const tags = values.tags.split(',').map((tag) => tag.trim())
    const event = { type: values.type.trim(), tags: tags.filter((tag) => tag !== '') }
    const published = await publish(event, values.data, workspace)
    toast('The event is published.')
    void client.invalidateQueries({ queryKey: ['events', workspace] })
    close()
    await navigate({
      to: '/w/$workspace/events/$event',
      params: { workspace: slug ?? workspace, event: published.id },
    })
  })
  const chosen = form.values.type.trim()
  const { data: known } = useEventType(chosen, { enabled: names.includes(chosen) })
  // What was typed is never replaced, only the example before it.
  const filled = useRef('')
  const { set } = form
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another type brings another example
  useEffect(() => {
    if (!known || form.values.data !== filled.current) return
    filled.current = formatJson(known.exampleText ?? '{}')
    set('data', filled.current)
  }, [known])
  return (
    <Dialog title="Publish a test event" isOpen close={close} isWide>
      <form className="flex flex-col gap-4" onSubmit={form.submit}>
        <Field
          label="Type"
          error={form.error('type')}
          hint="From the catalog, or any other such as deal.created. It goes to every endpoint that wants it."
        >
          <SuggestedInput
            value={form.values.type}
            required
            names={names}
            onChange={(event) => form.set('type', event.target.value)}
          />
        </Field>
        <JsonEditor
          label="Data"
          value={form.values.data}
          faults={form.faults('data')}
          change={(text) => form.set('data', text)}
        />
        <Field label="Tags" hint="Separated by commas." error={form.error('tags')}>
          <Input value={form.values.tags} onChange={(event) => form.set('tags', event.target.value)} />
        </Field>
        {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            isBusy={form.isBusy}
            disabled={chosen === '' || findJsonFault(form.values.data) !== null}
          >
            Publish
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
