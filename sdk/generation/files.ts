import { openapiDocument } from '../../server/api/openapi.ts'
import { routeTable } from '../../server/testing/route-table.ts'
import { readCatalog } from './event-type-reader.ts'
import { goEventTypes, goResources, goSchemas } from './go.ts'
import { type OpenapiDocument, readOpenapi } from './openapi-reader.ts'
import { pythonEventTypes, pythonResources, pythonSchemas } from './python.ts'
import { typescriptEventTypes, typescriptResources, typescriptSchemas } from './typescript.ts'

// The version of a node and its address are in the description that the node itself gives.
const version = '1'
const address = 'http://127.0.0.1:8400'

/** Everything in `sdk/` that follows from the route table and from the catalog: path from the root, and text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const document = JSON.parse(JSON.stringify(openapiDocument(routeTable(), version, address)))
  const api = readOpenapi(document as OpenapiDocument)
  const typescript = 'sdk/typescript/src/generated'
  const python = 'sdk/python/atlas_webhooks'
  const go = 'sdk/go'
  return new Map([
    ['sdk/openapi.json', `${JSON.stringify(document, null, 2)}\n`],
    [`${typescript}/schemas.ts`, typescriptSchemas(api)],
    [`${typescript}/resources.ts`, typescriptResources(api)],
    [`${typescript}/event-types.ts`, typescriptEventTypes(readCatalog('Data'))],
    [`${go}/schemas_generated.go`, goSchemas(api)],
    [`${go}/resources_generated.go`, goResources(api)],
    [`${go}/webhooks/event_types_generated.go`, goEventTypes(readCatalog(''))],
    [`${python}/schemas.py`, pythonSchemas(api)],
    [`${python}/resources.py`, pythonResources(api)],
    [`${python}/event_types.py`, pythonEventTypes(readCatalog('Data'))],
  ])
}
