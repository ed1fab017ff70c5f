import { setTimeout as sleep } from 'node:timers/promises'

const firstPause = 2
const longestPause = 50

/**
 * Asks again until the answer is not null, for what another process or Postgres cannot signal to a test. Rejects after
 * the time given, with the last words of `describe`.
 */
export async function eventually<Answer>(
  ask: () => Promise<Answer | null> | Answer | null,
  { within = 20_000, describe = () => 'it did not come true' }: { within?: number; describe?: () => string } = {},
): Promise<Answer> {
  const deadline = performance.now() + within
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    const answer = await ask()
    if (answer !== null) return answer
    if (performance.now() > deadline) throw new Error(`within ${within} ms: ${describe()}`)
    await sleep(pause)
  }
}
