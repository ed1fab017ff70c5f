import { openapiDocument } from '../../server/api/openapi.ts'
import { routeTable } from '../../server/testing/route-table.ts'
import { readCatalog } from './event-type-reader.ts'
import { type OpenapiDocument, readOpenapi } from './openapi-reader.ts'
import { typescriptEventTypes, typescriptResources, typescriptSchemas } from './typescript.ts'

// The version of a node and its address are in the description that the node itself gives.
const version = '1'
const address = 'http://127.0.0.1:8400'

/** Everything in `sdk/` that follows from the route table and from the catalog: path from the root, and text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const document = JSON.parse(JSON.stringify(openapiDocument(routeTable(), version, address)))
  const api = readOpenapi(document as OpenapiDocument)
  const typescript = 'sdk/typescript/src/generated'
  return new Map([
    ['sdk/openapi.json', `${JSON.stringify(document, null, 2)}\n`],
    [`${typescript}/schemas.ts`, typescriptSchemas(api)],
    [`${typescript}/resources.ts`, typescriptResources(api)],
    [`${typescript}/event-types.ts`, typescriptEventTypes(readCatalog('Data'))],
  ])
}
