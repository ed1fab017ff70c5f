/** What stands for a secret where people can see it. */
export const mask = '••••'

/** Of a short value even its end would say too much. */
const shortestHinted = 24
const hint = 4

/** Only the last 4 characters of a long value stay. What is masked already stays as it is. */
export function maskValue(value: string): string {
  if (value.startsWith(mask)) return value
  return value.length < shortestHinted ? mask : mask + value.slice(-hint)
}
