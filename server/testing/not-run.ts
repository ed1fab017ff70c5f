import { appendFileSync } from 'node:fs'
import type { TestContext } from 'node:test'

/** Says, here and in the summary of `npm test`, that this test needs something that this machine does not have. */
export function notRun(t: TestContext, reason: string): void {
  t.skip(reason)
  const notes = process.env.ATLAS_TEST_NOTES
  if (notes) appendFileSync(notes, `${t.name}: ${reason}\n`)
}
