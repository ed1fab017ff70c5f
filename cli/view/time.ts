const [minute, hour] = [60, 3_600]

const two = (value: number): string => String(value).padStart(2, '0')

/** A time of the API as the person in front of the terminal reads it, in the time zone there; null: never. */
export function showTime(time: string | null): string {
  if (time === null) return '-'
  const date = new Date(time)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** A number of seconds in the largest unit that divides it. */
export function showSeconds(seconds: number): string {
  if (seconds >= hour && seconds % hour === 0) return `${seconds / hour} h`
  if (seconds >= minute && seconds % minute === 0) return `${seconds / minute} m`
  return `${seconds} s`
}

export function showDuration(milliseconds: number): string {
  return milliseconds < 10_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`
}
