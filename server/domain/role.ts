import type { KeyScope } from './api-key.ts'

/** What a member of a workspace may do, the least first; each may do what those before it may. */
export const roles = ['viewer', 'member', 'admin', 'owner'] as const
export type Role = (typeof roles)[number]

export function isAtLeast(role: Role, wanted: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(wanted)
}

/** The scopes that a member has; what needs an administrator says so at its route. */
export function scopesOfRole(role: Role): readonly KeyScope[] {
  return role === 'viewer' ? ['read'] : ['publish', 'read', 'manage']
}
