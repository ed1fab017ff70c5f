import type { PortalBranding } from '@atlas-webhooks/sdk/src/generated/schemas.ts'
import { useSuspenseQuery } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { queryClient } from '../api/query-client.ts'
import { nameProduct } from '../parts/product-name.ts'
import { type Accent, accentOf } from './accent.ts'

const brandingQuery = { queryKey: ['portal', 'branding'], queryFn: () => api.portal.branding(), staleTime: Infinity }

export function useBranding(): PortalBranding {
  return useSuspenseQuery(brandingQuery).data
}

/** Makes the portal look like the product that it belongs to, before anything of it is shown. */
export async function applyBranding(): Promise<void> {
  const { name, color } = await queryClient.ensureQueryData(brandingQuery)
  nameProduct(name ?? 'Webhooks')
  if (color === null) return
  const [light, dark] = [accentOf(color, 'light'), accentOf(color, 'dark')]
  const properties = { '--color-accent': 'accent', '--color-on-accent': 'onAccent', '--color-accent-soft': 'soft' }
  for (const [property, part] of Object.entries(properties) as [string, keyof Accent][]) {
    document.documentElement.style.setProperty(property, `light-dark(${light[part]}, ${dark[part]})`)
  }
}
