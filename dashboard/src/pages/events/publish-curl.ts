/**
 * The command that publishes an event. The key is taken from the environment of the shell.
 *
 * @param data JSON, which goes as the text that it is
 */
export function publishCurl(workspace: string, type: string, data: string, tags: readonly string[] = []): string {
  const more = tags.length > 0 ? `,"tags":${JSON.stringify(tags)}` : ''
  const body = `{"type":${JSON.stringify(type)},"data":${data}${more}}`
  return [
    `curl -sS ${location.origin}/v1/workspaces/${workspace}/events`,
    '-H "Authorization: Bearer $ATLAS_KEY"',
    "-H 'Content-Type: application/json'",
    `--data-raw '${body.replaceAll("'", `'\\''`)}'`,
  ].join(' \\\n  ')
}
