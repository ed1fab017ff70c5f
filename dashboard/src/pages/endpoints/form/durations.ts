const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** Such as "30m": in the largest unit that it is a whole number of. */
export function showSeconds(seconds: number): string {
  const [unit, size] = units.find(([, each]) => seconds >= each && seconds % each === 0) ?? ['s', 1]
  return `${seconds / size}${unit}`
}

export function showDurations(seconds: readonly number[]): string {
  return seconds.map(showSeconds).join(', ')
}

/** Reads "10s, 1m, 2h, 2d"; a number alone is seconds. What is no duration stays the text that it is. */
export function parseDurations(text: string): (number | string)[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  return words.map((word) => {
    const [, amount = '', unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(word) ?? []
    const size = units.find(([name]) => name === unit)?.[1] ?? 1
    return amount === '' ? word : Number(amount) * size
  })
}
