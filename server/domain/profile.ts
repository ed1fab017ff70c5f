/** Profiles whose requests carry many deliveries. A new one is a line here, and its format, which the compiler asks for. */
export const batchProfiles = [
  ...(['cloudevents', 'datadog', 'elastic', 'loki', 'ndjson', 'otlp', 'splunk', 'sumo'] as const),
] as const
export type BatchProfile = (typeof batchProfiles)[number]

/** How requests to an endpoint look: `atlas` sends one per event, all others send batches. */
export type Profile = 'atlas' | BatchProfile
export const profiles: readonly Profile[] = ['atlas', ...batchProfiles]

/** When a batch leaves: at so many events, or that long after the first of them, whichever comes first. */
export interface BatchLimits {
  readonly maxEvents: number
  readonly windowSeconds: number
}

export const defaultBatchLimits: BatchLimits = { maxEvents: 100, windowSeconds: 30 }

export function isBatchProfile(profile: Profile): profile is BatchProfile {
  return profile !== 'atlas'
}
