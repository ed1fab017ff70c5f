import type { AuditActor } from './audit.ts'
import { idPrefix, toTypeId } from './identifier.ts'

/** Somebody with an account, as the audit log names them. */
export function userActor(
  { id, email }: { readonly id: string; readonly email: string },
  ip: string | null,
): AuditActor {
  return { type: 'user', id: toTypeId(idPrefix.user, id), name: email, ip }
}
