import { useState } from 'react'
import { explain } from '../api/explain.ts'

/** One thing at a time, and what was wrong with it. */
export function useRunning(): {
  error: string | null
  isBusy: boolean
  run(work: () => Promise<void>): void
  /** What was wrong before. */
  forget(): void
} {
  const [error, setError] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const start = async (work: () => Promise<void>) => {
    setIsBusy(true)
    try {
      await work()
      setError(null)
    } catch (failed) {
      setError(explain(failed))
    } finally {
      setIsBusy(false)
    }
  }
  return {
    error,
    isBusy,
    run(work) {
      if (!isBusy) void start(work)
    },
    forget: () => setError(null),
  }
}
