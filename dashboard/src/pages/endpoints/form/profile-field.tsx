import type { Profile } from './endpoint-values.ts'
import { profileGuides } from './profiles.ts'

/** Which of the forms the requests have, each with what it is for. */
export function ProfileField({ profile, change }: { profile: Profile; change: (profile: Profile) => void }) {
  return (
    <fieldset className="grid gap-2 sm:grid-cols-2 xl:grid-cols-3">
      <legend className="mb-2 font-medium">How should events arrive?</legend>
      {profileGuides.map((each) => (
        <label
          key={each.profile}
          className="flex cursor-pointer items-start gap-2.5 rounded-md border border-line p-3 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft"
        >
          <input
            type="radio"
            name="profile"
            value={each.profile}
            checked={profile === each.profile}
            className="mt-0.5 accent-accent"
            onChange={() => change(each.profile)}
          />
          <span>
            <span className="font-medium">{each.name}</span>
            <span className="block text-dim text-xs">{each.guide}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
