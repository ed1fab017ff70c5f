const reasons: Readonly<Record<string, string>> = {
  access_denied: 'The sign-in was refused or broken off at the provider. Try again, or ask whoever looks after it.',
  account_not_linked:
    'There is an account with your e-mail, and the provider does not say that the e-mail is yours. Sign in with your password.',
  state_mismatch:
    'This sign-in was begun in another browser, or too long ago. Begin again here, and stay in this browser.',
  state_not_found: 'The provider’s answer belongs to no sign-in that was begun here. Begin again.',
  invalid_code:
    'The provider cannot be reached, or did not accept this server. Try again later; if that does not help, tell whoever runs the server.',
  email_not_found: 'The provider does not tell your e-mail, which is needed here.',
}

const notConfirmed =
  'The provider did not confirm who you are. Try again; if that does not help, tell whoever runs the server.'

/**
 * Why the provider did not sign somebody in, in words for them. What stands in the address is never shown as it is: others
 * may have put it there.
 */
export function providerFailure(code: string): string {
  return Object.hasOwn(reasons, code) ? (reasons[code] ?? notConfirmed) : notConfirmed
}
