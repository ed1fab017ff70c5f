import { Resources } from '@atlas-webhooks/sdk/src/generated/resources.ts'
import { BrowserTransport } from './transport.ts'

export const transport = new BrowserTransport()

/** Everything that the dashboard can do: the public API, as the SDK has it. */
export const api = new Resources(transport)
