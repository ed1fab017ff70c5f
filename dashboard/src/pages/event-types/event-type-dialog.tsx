import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { addEventType, changeEventType, type EventTypeAsWritten } from '../../api/as-written.ts'
import { useWorkspace } from '../../api/me.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field, Input, TextArea } from '../../parts/field.tsx'
import { JsonEditor } from '../../parts/json-editor.tsx'
import { findJsonFault } from '../../parts/json-fault.ts'
import { formatJson } from '../../parts/json-format.ts'
import { Notice } from '../../parts/notice.tsx'
import { toast } from '../../parts/toast.ts'
import { useForm } from '../../parts/use-form.ts'

/** Adds an event type, or changes one. */
export function EventTypeDialog({ type, close }: { type: EventTypeAsWritten | null; close: () => void }) {
  const { id: workspace, slug } = useWorkspace()
  const navigate = useNavigate()
  const client = useQueryClient()
  const begun = {
    name: type?.name ?? '',
    group: type?.group ?? '',
    description: type?.description ?? '',
    schema: isSet(type?.schema) ? JSON.stringify(type?.schema, null, 2) : '',
    example: type?.exampleText ? formatJson(type.exampleText) : '',
  }
  const form = useForm(begun, Object.keys(begun), async ({ name, group, description, schema, example }) => {
    const fields = {
      description,
      schema: orNull(schema),
      example: orNull(example),
      ...(group.trim() !== '' && { group: group.trim() }),
    }
    const saved = type
      ? await changeEventType(type.name, fields, workspace)
      : await addEventType(name.trim(), fields, workspace)
    toast(type ? 'The event type is changed.' : 'The event type is added.')
    await client.invalidateQueries({ queryKey: ['event-types', workspace] })
    close()
    await navigate({
      to: '/w/$workspace/event-types/$name',
      params: { workspace: slug ?? workspace, name: saved.name },
    })
  })
  const { values, set, error } = form
  const isReadable = [values.schema, values.example].every((text) => text.trim() === '' || findJsonFault(text) === null)
  return (
    <Dialog title={type ? `Change ${type.name}` : 'Add an event type'} isOpen close={close} isWide>
      <form className="flex flex-col gap-4" onSubmit={form.submit}>
        {!type && (
          <Field label="Name" hint="Segments joined by dots, such as invoice.sent." error={error('name')}>
            <Input required value={values.name} onChange={(event) => set('name', event.target.value)} />
          </Field>
        )}
        <Field label="Group" hint="Where it stands in the catalog." error={error('group')}>
          <Input required={type !== null} value={values.group} onChange={(event) => set('group', event.target.value)} />
        </Field>
        <Field label="Description" error={error('description')}>
          <TextArea value={values.description} onChange={(event) => set('description', event.target.value)} />
        </Field>
        <JsonEditor
          label="Schema"
          hint="JSON Schema 2020-12 of the data. Where the workspace validates payloads, events that break it are refused."
          isOptional
          value={values.schema}
          faults={form.faults('schema')}
          change={(text) => set('schema', text)}
        />
        <JsonEditor
          label="Example"
          hint="Data that satisfies the schema."
          isOptional
          value={values.example}
          faults={form.faults('example')}
          change={(text) => set('example', text)}
        />
        {form.failure !== null && <Notice kind="bad">{form.failure}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={form.isBusy} disabled={!isReadable}>
            {type ? 'Save' : 'Add'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** false is a schema too. */
function isSet(schema: unknown): boolean {
  return schema !== undefined && schema !== null
}

function orNull(text: string): string {
  return text.trim() === '' ? 'null' : text
}
