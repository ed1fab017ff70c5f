/** The steps in which an endpoint is created, with the paths of the fields in each. */
export const steps = [
  { id: 'profile', title: 'Profile', fields: ['profile'] },
  { id: 'target', title: 'Target', fields: ['url', 'description', 'headers', 'options'] },
  { id: 'events', title: 'Events', fields: ['types', 'filter', 'tags'] },
  {
    ...{ id: 'delivery', title: 'Delivery' },
    fields: ['serialize', 'batch', 'max_per_second', 'max_in_flight', 'timeout_seconds', 'retry_schedule_seconds'],
  },
  { id: 'review', title: 'Review', fields: [] },
] as const

/** The first step that has one of these faults; null: none has. */
export function stepOf(paths: readonly string[]): string | null {
  const names = new Set(paths.map((path) => path.split('.')[0]))
  return steps.find(({ fields }) => fields.some((field) => names.has(field)))?.id ?? null
}
