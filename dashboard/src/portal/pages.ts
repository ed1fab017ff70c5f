import { navigation } from '../app/navigation.ts'

const order = ['/w/$workspace/endpoints', '/w/$workspace/deliveries', '/w/$workspace/dead-letters']

/** What customers see, the endpoints first. */
export const portalPages = navigation
  .filter(({ inPortal }) => inPortal)
  .toSorted((one, other) => place(one.to) - place(other.to))

function place(to: string): number {
  return order.includes(to) ? order.indexOf(to) : order.length
}

/** Whether an address within the portal leads to one of its pages, or to its start. */
export function isPortalAddress(path: string): boolean {
  if (path === '/') return true
  return portalPages.some(({ to }) => new RegExp(`^${to.replace('$workspace', '[^/]+')}(/|$)`).test(path))
}
