const two = (value: number): string => String(value).padStart(2, '0')

/** A time of the API as the person in front of the terminal reads it, in the time zone there; null: never. */
export function showTime(time: string | null): string {
  if (time === null) return '-'
  const date = new Date(time)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

export function showDuration(milliseconds: number): string {
  return milliseconds < 10_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`
}
