const dots = '••••'
const longEnoughToHint = 12

/** A header's value as it is shown: enough of a long one to tell which it is, nothing of a short one. */
export function maskHeader(value: string): string {
  return value.length > longEnoughToHint ? dots + value.slice(-4) : dots
}

export function maskHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, maskHeader(value)]))
}
