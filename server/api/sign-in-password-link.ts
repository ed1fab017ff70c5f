import { passwordLinkMinutes, passwordTokenPrefix, type SignInOptions } from './sign-in-options.ts'

/** Where better-auth keeps tokens. */
export interface VerificationStore {
  createVerificationValue(value: { value: string; identifier: string; expiresAt: Date }): Promise<unknown>
}

/** A link with which whoever has it sets a new password for an account, once. */
export async function passwordLink(
  store: VerificationStore,
  userId: string,
  { now, randomBytes, publicUrl }: Pick<SignInOptions, 'now' | 'randomBytes' | 'publicUrl'>,
): Promise<{ url: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(now().getTime() + passwordLinkMinutes * 60_000)
  await store.createVerificationValue({ value: userId, identifier: passwordTokenPrefix + token, expiresAt })
  // In the fragment, which reaches no log of a proxy.
  return { url: `${publicUrl()}/new-password#token=${token}`, expiresAt }
}
