import { type Static, Type } from 'typebox'
import {
  type BatchLimits,
  batchProfiles,
  defaultBatchLimits,
  isBatchProfile,
  type Profile,
  profiles,
} from '../domain/profile.ts'
import type { Fault } from '../errors.ts'
import { judgeOptions } from '../formats/batch-format.ts'
import { batchFormats } from '../formats/batch-formats.ts'
import { choice, nullable } from './schema.ts'

/** The settings that say how the requests to an endpoint look. */
export const profileSettings = {
  profile: Type.Optional(
    nullable(choice(profiles), {
      description: 'atlas: one request per event. The others send batches. Chosen at creation and never changed.',
    }),
  ),
  batch: Type.Optional(
    nullable(
      Type.Object(
        {
          max_events: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
          window_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
        },
        { additionalProperties: false, examples: [{ max_events: 100, window_seconds: 30 }] },
      ),
      {
        description:
          'When a batch leaves: with so many events, or so many seconds after the first, whichever comes first. Replaced as a whole; what is left out is 100 and 30. Only for profiles that send batches.',
      },
    ),
  ),
  options: Type.Optional(
    nullable(Type.Record(Type.String(), Type.Unknown()), {
      description: 'Of the profile; unknown ones are refused. Replaced as a whole.',
    }),
  ),
}

const Settings = Type.Object(profileSettings)
type ProfileSettings = Static<typeof Settings>

/** What an endpoint of this profile has as `batch` when this was sent. */
export function readBatch(profile: Profile, sent: ProfileSettings['batch']): BatchLimits | null {
  if (!isBatchProfile(profile)) return null
  return {
    maxEvents: sent?.max_events ?? defaultBatchLimits.maxEvents,
    windowSeconds: sent?.window_seconds ?? defaultBatchLimits.windowSeconds,
  }
}

/** @param present the profile that the endpoint has; null: it is being created */
export function judgeProfile(
  sent: ProfileSettings & { readonly serialize?: boolean | null },
  present: Profile | null,
): Fault[] {
  const asked = sent.profile === undefined ? null : (sent.profile ?? 'atlas')
  const profile = present ?? asked ?? 'atlas'
  const faults: Fault[] = []
  if (present !== null && asked !== null && asked !== present) {
    faults.push({ path: 'profile', message: `is ${present} and never changes: create another endpoint` })
  }
  if ((sent.batch ?? null) !== null && !isBatchProfile(profile)) {
    const message = `is for profiles that send batches (${batchProfiles.join(', ')}), and this one is ${profile}`
    faults.push({ path: 'batch', message })
  }
  if (sent.serialize === true && isBatchProfile(profile)) {
    const message = `is for one request per event; ${profile} sends batches, whose events bear their sequence`
    faults.push({ path: 'serialize', message })
  }
  const format = isBatchProfile(profile) ? batchFormats[profile] : null
  const options = judgeOptions(profile, format, sent.options ?? {})
  return [...faults, ...options.map(({ name, reason }) => ({ path: `options.${name}`, message: reason }))]
}
