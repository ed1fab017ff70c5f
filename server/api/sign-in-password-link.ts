import {
  passwordLinkMinutes,
  passwordTokenPrefix,
  type SignInOptions,
  secondFactorTokenPrefix,
} from './sign-in-options.ts'

/** Where better-auth keeps tokens. */
export interface VerificationStore {
  createVerificationValue(value: { value: string; identifier: string; expiresAt: Date }): Promise<unknown>
}

/**
 * A link with which whoever has it sets a new password for an account, once.
 *
 * @param removesSecondFactor whether the account has no second factor any more when the link has been used
 */
export async function passwordLink(
  store: VerificationStore,
  userId: string,
  { now, randomBytes, publicUrl }: Pick<SignInOptions, 'now' | 'randomBytes' | 'publicUrl'>,
  removesSecondFactor = false,
): Promise<{ url: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(now().getTime() + passwordLinkMinutes * 60_000)
  const prefixes = [...(removesSecondFactor ? [secondFactorTokenPrefix] : []), passwordTokenPrefix]
  for (const prefix of prefixes) {
    await store.createVerificationValue({ value: userId, identifier: prefix + token, expiresAt })
  }
  // In the fragment, which reaches no log of a proxy.
  return { url: `${publicUrl()}/new-password#token=${token}`, expiresAt }
}
