import { Type } from 'typebox'
import { nullable, Time } from './schema.ts'

const Hash = Type.String({ description: 'SHA-256 in hexadecimal.' })

/** An entry as it is shown and exported: what `recordOf` gives. */
export const AuditAnswer = Type.Object(
  {
    v: Type.Integer({ description: 'The version of the form that is hashed.' }),
    workspace: Type.String({ examples: ['ws_01h455vb4pex5vsknk084sn02q'] }),
    sequence: Type.Integer({ description: 'Its place in the chain: from 1, without a gap.' }),
    id: Type.String({ examples: ['aud_01h455vb4pex5vsknk084sn02q'] }),
    category: Type.String(),
    action: Type.String(),
    actor: Type.Object({
      type: Type.String(),
      id: Type.String(),
      name: nullable(Type.String()),
      ip: nullable(Type.String()),
    }),
    target: Type.Object({ type: Type.String(), id: Type.String(), name: nullable(Type.String()) }),
    description: Type.String(),
    metadata: Type.Object({}),
    occurred_at: Time,
    recorded_at: Time,
    recorded_by: Type.String({ description: '`atlas` of its own accord, `operator`, or the id of the API key.' }),
    previous_hash: Hash,
    hash: Hash,
  },
  { title: 'AuditEntry' },
)

/** What whoever records an entry gets: where it stands, and the hash to keep as a receipt. */
export const AuditReceipt = Type.Object(
  {
    id: Type.String({ examples: ['aud_01h455vb4pex5vsknk084sn02q'] }),
    sequence: Type.Integer({ description: 'Its place in the chain.' }),
    hash: Hash,
    occurred_at: Time,
    recorded_at: Time,
  },
  { title: 'AuditReceipt' },
)
