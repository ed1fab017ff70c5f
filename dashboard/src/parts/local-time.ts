/** What was typed as local time, in UTC. What is no time goes as it is, for the API to say so. */
export function timeOf(local: string): string {
  const date = new Date(local)
  return Number.isNaN(date.getTime()) ? local : date.toISOString()
}
