/** The command that publishes an event. The key is taken from the environment of the shell. */
export function publishCurl(
  workspace: string,
  event: { type: string; data: unknown; tags?: readonly string[] },
): string {
  const { type, data, tags = [] } = event
  const body = JSON.stringify({ type, data, ...(tags.length > 0 && { tags }) })
  return [
    `curl -sS ${location.origin}/v1/workspaces/${workspace}/events`,
    '-H "Authorization: Bearer $ATLAS_KEY"',
    "-H 'Content-Type: application/json'",
    `--data-raw '${body.replaceAll("'", `'\\''`)}'`,
  ].join(' \\\n  ')
}
