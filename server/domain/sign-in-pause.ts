const free = 5
const longest = 900_000

/**
 * How long an account waits after failed sign-ins: nothing for the first few, then 2 s, 4 s … up to 15 minutes.
 * Milliseconds, from the last failure on.
 */
export function signInPause(failures: number): number {
  return failures < free ? 0 : Math.min(longest, 2 ** (failures - free + 1) * 1_000)
}
