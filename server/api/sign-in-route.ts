import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Body } from './body.ts'
import { safetyHeaders } from './failure.ts'
import type { SignIn } from './sign-in.ts'
import { clientAddressHeader, signInPath } from './sign-in-options.ts'

/** Passes what is below `/auth` on to better-auth. */
export function serveSignIn(app: FastifyInstance, signIn: SignIn): void {
  app.route({
    method: ['GET', 'POST'],
    url: `${signInPath}/*`,
    handler: async (request, reply) => {
      const response = await signIn.handle(toWebRequest(request, signIn.publicUrl))
      return await answerWith(reply, response)
    },
  })
}

function toWebRequest(request: FastifyRequest, publicUrl: string): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string') headers.set(name, value)
  }
  headers.set(clientAddressHeader, request.ip)
  const sent = request.body as Body | null | undefined
  const body = request.method === 'POST' ? (sent?.raw.toString() ?? '{}') : null
  return new Request(new URL(request.url, publicUrl), { method: request.method, headers, body })
}

async function answerWith(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  reply.code(response.status).headers(safetyHeaders)
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie') reply.header(name, value)
  }
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) reply.header('set-cookie', cookies)
  return reply.send(Buffer.from(await response.arrayBuffer()))
}
