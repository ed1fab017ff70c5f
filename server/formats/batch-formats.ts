import type { BatchProfile } from '../domain/profile.ts'
import type { BatchFormat } from './batch-format.ts'
import { cloudevents } from './cloudevents.ts'
import { datadog } from './datadog.ts'
import { elastic } from './elastic.ts'
import { loki } from './loki.ts'
import { ndjson } from './ndjson.ts'
import { otlp } from './otlp.ts'
import { splunk } from './splunk.ts'
import { sumo } from './sumo.ts'

/** Every form of batch, by the profile that sends it. */
export const batchFormats: Readonly<Record<BatchProfile, BatchFormat>> = {
  ...{ cloudevents, datadog, elastic, loki, ndjson, otlp, splunk, sumo },
}
