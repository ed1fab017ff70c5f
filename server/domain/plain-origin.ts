// What stands here goes into a Content-Security-Policy, where a semicolon or a star would say something else.
const plain = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d+)?$/

/** The origin of a URL on http or https; null where it is none, or has a host that cannot stand in a policy. */
export function plainOriginOf(url: string): string | null {
  const origin = URL.parse(url)?.origin ?? ''
  return plain.test(origin) ? origin : null
}

/** Origins, separated by commas, without a path; null: that is not what it is. Empty text is no origin. */
export function parseOrigins(text: string): readonly string[] | null {
  if (text === '') return []
  const origins = text.split(',').map((each) => {
    const origin = plainOriginOf(each.trim())
    return origin !== null && URL.parse(each.trim())?.href === `${origin}/` ? origin : null
  })
  return origins.every((each) => each !== null) ? origins : null
}
