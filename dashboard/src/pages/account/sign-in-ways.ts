import { callAuth } from '../../api/auth.ts'

/** What the account of who is signed in can be signed in to with, beside links. */
export const signInWaysQuery = {
  queryKey: ['sign-in-ways'],
  queryFn: async () => {
    const accounts = await callAuth<{ providerId: string }[]>('GET', '/list-accounts')
    const hasPassword = accounts.some(({ providerId }) => providerId === 'credential')
    return { hasPassword, hasProvider: accounts.some(({ providerId }) => providerId !== 'credential') }
  },
} as const
