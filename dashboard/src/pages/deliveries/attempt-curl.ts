import type { AttemptRequest } from '@atlas-webhooks/sdk/src/generated/schemas.ts'

/** The request as a command for a shell. Masked values are in it as they are shown. */
export function toCurl({ method, url, headers, body }: AttemptRequest): string {
  const lines = Object.entries(headers)
    .filter(([name]) => !/^(host|content-length)$/i.test(name))
    .flatMap(([name, value]) => [value].flat().map((each) => `-H ${quote(`${name}: ${each}`)}`))
  return [
    `curl -sS -i -X ${method} ${quote(url)}`,
    ...lines,
    ...(body === null ? [] : [`--data-raw ${quote(body)}`]),
  ].join(' \\\n  ')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
