import type { TestContext } from 'node:test'

const ends = new WeakMap<TestContext, (() => Promise<void>)[]>()

/**
 * Like `t.after`, but what began last ends first: a browser before its server, a server before its database. All of them
 * end, also when one of them fails.
 */
export function endAfter(t: TestContext, end: () => Promise<void>): void {
  const known = ends.get(t)
  if (known) {
    known.push(end)
    return
  }
  const all = [end]
  ends.set(t, all)
  t.after(async () => {
    const failures: unknown[] = []
    for (let last = all.pop(); last; last = all.pop()) {
      try {
        await last()
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures)
  })
}
