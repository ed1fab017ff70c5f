/** Who a mail is from, or for. */
export interface Mailbox {
  /** Empty: only the address is shown. */
  readonly name: string
  readonly address: string
}

const longest = 254
const atom = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const addressPattern = new RegExp(`^${atom}(?:\\.${atom})*@${label}(?:\\.${label})*$`, 'i')
// What is neither a control character nor begins or ends something else in a header.
const namePattern = /^[^\p{Cc}\p{Cs}<>()[\]:;@\\,"]*$/u

/** `name@host`, without comments, quotes or anything else that could be taken for more than one address. */
export function isMailAddress(text: string): boolean {
  return text.length <= longest && addressPattern.test(text)
}

/** Reads `alerts@example.com` or `Atlas Webhooks <alerts@example.com>`; null: it is neither. */
export function parseMailbox(text: string): Mailbox | null {
  const [, name = '', address = text] = /^([^<]*)<([^<>]*)>$/.exec(text) ?? []
  return isMailAddress(address) && namePattern.test(name) ? { name: name.trim(), address } : null
}
