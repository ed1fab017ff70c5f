interface Frame {
  readonly functionName: string
  readonly url: string
}

// The first that fits. A module that several rooms use is absent, so that its time goes to the room that called it.
const groups: readonly (readonly [RegExp, string])[] = [
  [/\/server\/(pipeline\/(accept|fan-out|group-commit)|storage\/accept|domain\/type-pattern)/, 'accept'],
  [/\/server\/(pipeline\/(dispatch|claim|endpoint-queue|room|task|node)|storage\/(claim|node))\b/, 'dispatch'],
  [/\/server\/(pipeline\/(deliver|exchange|attempt-failure|target|tls)|formats\/|domain\/signature)/, 'deliver'],
  [/\/server\/(pipeline\/record|storage\/record|domain\/(delivery|retry-schedule))\b/, 'record'],
  [/\/server\/(api\/|domain\/json-text)/, 'api'],
  [/\/server\/storage\/database/, 'pg'],
  [/\/node_modules\/pg/, 'pg'],
  [/\/node_modules\/undici\//, 'undici'],
  [
    /\/node_modules\/(@fastify|fastify|find-my-way|avvio|ajv|fast-|secure-json-parse|toad-cache|light-my|typebox)/,
    'fastify',
  ],
  [/\/node_modules\/pino/, 'log'],
  [/\/node_modules\/prom-client/, 'metrics'],
]

const special = new Map([
  ['(idle)', 'idle'],
  ['(garbage collector)', 'garbage collector'],
  // What the profiler cannot see into: the event loop and system calls.
  ['(program)', 'Node.js: native code'],
])

/**
 * Whose time a sample is, from its stack with the innermost frame first: that of the innermost room or library in it.
 * What Node.js does by itself, such as reading from sockets, is named by its own modules.
 */
export function groupOf(stack: readonly Frame[]): string {
  const known = special.get(stack[0]?.functionName ?? '')
  if (known !== undefined) return known
  for (const { url } of stack) {
    const group = groups.find(([pattern]) => pattern.test(url))
    if (group) return group[1]
  }
  if (stack.some(({ url }) => /\/server\//.test(url))) return 'server: the rest'
  if (stack.some(({ url }) => /^node:(_http|http|internal\/http)/.test(url))) return 'Node.js: HTTP in'
  if (stack.some(({ url }) => /^node:(net|stream|internal\/stream)/.test(url))) return 'Node.js: sockets'
  return 'Node.js: the rest'
}
