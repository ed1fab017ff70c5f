import { Page } from '../../parts/page.tsx'

export function DestinationsPage() {
  return <Page title="Destinations">{null}</Page>
}
