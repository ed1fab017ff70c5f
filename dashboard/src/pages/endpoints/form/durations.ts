const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** Such as "30m" or "4h16m". */
export function showSeconds(seconds: number): string {
  let rest = seconds
  const parts = units.map(([unit, size]) => {
    const amount = Math.floor(rest / size)
    rest -= amount * size
    return amount === 0 ? '' : `${amount}${unit}`
  })
  return parts.join('') || `${seconds}s`
}

export function showDurations(seconds: readonly number[]): string {
  return seconds.map(showSeconds).join(', ')
}

/** Reads "10s, 1m30s, 2h, 2d"; a number alone is seconds. What is no duration stays the text that it is. */
export function parseDurations(text: string): (number | string)[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  return words.map((word) => {
    if (/^\d+$/.test(word)) return Number(word)
    if (!/^(?:\d+[smhd])+$/.test(word)) return word
    return [...word.matchAll(/(\d+)([smhd])/g)].reduce(
      (sum, [, amount, unit]) => sum + Number(amount) * sizeOf(unit),
      0,
    )
  })
}

function sizeOf(unit: string | undefined): number {
  return units.find(([name]) => name === unit)?.[1] ?? 1
}
