import type { BatchProfile } from '../domain/profile.ts'
import type { BatchFormat } from './batch-format.ts'
import { cloudevents } from './cloudevents.ts'
import { elastic } from './elastic.ts'

/** Every form of batch, by the profile that sends it. */
export const batchFormats: Readonly<Record<BatchProfile, BatchFormat>> = { cloudevents, elastic }
