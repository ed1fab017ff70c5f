import { Page } from '../../parts/page.tsx'
import { Nodes } from './nodes.tsx'
import { ServiceHealthSections } from './service-health.tsx'
import { Workspaces } from './workspaces.tsx'

/** For who runs the service: how it is, and who uses it. */
export function OperatorPage() {
  return (
    <Page title="Operator">
      <ServiceHealthSections />
      <Nodes />
      <Workspaces />
    </Page>
  )
}
