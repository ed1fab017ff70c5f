import { ApiError, ConnectionError } from '@atlas-webhooks/sdk/src/api-error.ts'
import { QueryClient } from '@tanstack/react-query'

const mostRetries = 3

/** A refusal stays one however often it is asked for; a server that is away may be back. */
function mayHelp(error: Error): boolean {
  return error instanceof ConnectionError || (error instanceof ApiError && [429, 502, 503, 504].includes(error.status))
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 5_000, retry: (count, error) => count < mostRetries && mayHelp(error) },
    // What is done twice may be done twice: people decide that.
    mutations: { retry: false },
  },
})

/** Resolves when nothing is being asked for. */
export async function answersAreHere(): Promise<void> {
  while (queryClient.isFetching() > 0) {
    await new Promise<void>((resolve) => {
      const forget = queryClient.getQueryCache().subscribe(() => {
        forget()
        resolve()
      })
    })
  }
}
