import { Resources } from '@atlas-webhooks/sdk/src/generated/resources.ts'
import { BrowserTransport } from './transport.ts'

const transport = new BrowserTransport()

/** Everything that the dashboard can do: the public API, as the SDK has it. */
export const api = new Resources(transport)

/** An event as the text that the API answers with: what is read into JavaScript loses the digits of long numbers. */
export function eventText(event: string, workspace: string, signal: AbortSignal): Promise<string> {
  const path = '/v1/workspaces/{workspace}/events/{event}'
  return transport.text({ method: 'GET', path, ids: { event } }, { workspace, signal })
}
