/** The name that was probably meant; null: none is near. */
export function nearest(text: string, names: Iterable<string>): string | null {
  let best: string | null = null
  // More than a third of it wrong is another name.
  let least = Math.max(1, Math.floor(text.length / 3)) + 1
  for (const name of names) {
    const distance = distanceBetween(text, name)
    if (distance < least) [best, least] = [name, distance]
  }
  return best
}

/** How many characters to insert, remove, replace or swap with the next one (optimal string alignment). */
function distanceBetween(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      const least = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Infinity,
      )
      row.push(least)
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}
