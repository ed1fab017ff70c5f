/** What `--dev` prints when it is ready: where it is, the key, and commands that work as they are. */
export function devBanner(
  { url, operatorKey }: { readonly url: string; readonly operatorKey: string },
  signInLink: string,
): string {
  const receiver =
    "require('http').createServer((q,s)=>{console.log(q.method,q.url,q.headers);q.pipe(process.stdout);q.on('end',()=>{console.log();s.end()})}).listen(3000)"
  const request = (path: string, body?: unknown): string =>
    [
      `curl -sS '${url}/v1/workspaces/default/${path}' -H 'Authorization: Bearer ${operatorKey}'`,
      ...(body === undefined ? [] : [`-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`]),
    ].join(' \\\n    ')
  return `
Atlas Webhooks is ready.

  Dashboard   ${signInLink}
              signs in once, within an hour; start again for another one
  API         ${url}
  Docs        ${url}/docs
  Key         ${operatorKey}

  DEVELOPMENT MODE: http targets and targets on this machine are allowed.
  Do not let others reach this server.

A receiver, in a second terminal:

  node -e "${receiver}"

Then, in a third one:

  1. Create an endpoint
  ${request('endpoints', { url: 'http://127.0.0.1:3000/webhooks' })}

  2. Publish an event
  ${request('events', { type: 'deal.created', data: { id: 'deal_01', value: 48000, stage: 'qualified' } })}

  3. Look at its delivery
  ${request('deliveries')}

`
}
