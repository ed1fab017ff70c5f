import { Page } from '../../parts/page.tsx'

export function EventTypesPage() {
  return <Page title="Event catalog">{null}</Page>
}
