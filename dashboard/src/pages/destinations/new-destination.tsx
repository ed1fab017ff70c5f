import type { NewEndpoint } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useWorkspace } from '../../api/me.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { DestinationForm } from './destination-form.tsx'
import { settingsOf } from './destination-settings.ts'
import { type DestinationPreset, presets } from './presets.ts'
import { SecretDialog } from './secret-dialog.tsx'

export function NewDestination() {
  const { preset: chosen } = useSearch({ from: '/signed-in/w/$workspace/destinations/new' })
  const preset = presets.find(({ id }) => id === chosen)
  return (
    <Page title={preset ? `Add ${preset.name}` : 'Add a destination'}>
      {preset ? <Create key={preset.id} preset={preset} /> : <Choose />}
    </Page>
  )
}

function Choose() {
  const { id, slug } = useWorkspace()
  return (
    <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
      {presets.map((preset) => (
        <li key={preset.id}>
          <Link
            to="/w/$workspace/destinations/new"
            params={{ workspace: slug ?? id }}
            search={{ preset: preset.id }}
            className="flex h-full items-center justify-between gap-3 rounded-lg border bg-raised p-4 font-medium hover:bg-hover"
          >
            {preset.name}
            <Badge>{preset.profile}</Badge>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function Create({ preset }: { preset: DestinationPreset }) {
  const { id: workspace, slug } = useWorkspace()
  const navigate = useNavigate()
  const [created, setCreated] = useState<NewEndpoint | null>(null)
  const params = { workspace: slug ?? workspace }
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <DestinationForm
        shape={preset}
        initial={{ url: '', description: preset.name }}
        action="Create destination"
        save={async (typed) => {
          const settings = settingsOf(typed, preset)
          setCreated(
            await api.endpoints.create({ ...settings, stream: 'audit', profile: preset.profile }, { workspace }),
          )
        }}
        beside={
          <Button onClick={() => void navigate({ to: '/w/$workspace/destinations/new', params, search: {} })}>
            Choose another
          </Button>
        }
      />
      <div className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-16">
        <Section title="How to">
          <ol className="flex list-decimal flex-col gap-2 pl-5">
            {preset.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          {preset.snippet && <Code text={preset.snippet.text} label={preset.snippet.label} className="mt-3 bg-page" />}
        </Section>
      </div>
      {created && (
        <SecretDialog
          secret={created.secret}
          profile={created.profile}
          close={() =>
            void navigate({ to: '/w/$workspace/destinations/$endpoint', params: { ...params, endpoint: created.id } })
          }
        />
      )}
    </div>
  )
}
