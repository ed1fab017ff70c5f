import { createHmac, createSecretKey } from 'node:crypto'
import { Agent, type Dispatcher } from 'undici'
import { microseconds, seconds } from './clock.ts'
import { dataText, findStamps, stamp } from './payload.ts'

const concurrency = 64
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
export const bareSecret = secret

/** Signed POSTs of one event by undici as fast as it goes, and nothing else. Gives how many a second. */
export async function sendBare(port: number, durationSeconds: number): Promise<number> {
  const agent = new Agent({ connections: concurrency, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  const keys = { text: createSecretKey(secret, 'utf8'), bytes: createSecretKey(secret.slice(6), 'base64') }
  const id = 'evt_01htrkd4qpe3zb4y1mkfa5v5p8'
  const text = `{"id":"${id}","type":"bench.e00","created":1712345678,"api_version":"2026-01-15","sequence":42,"data":${dataText()}}`
  const startedAt = microseconds()
  const endsAt = startedAt + seconds(durationSeconds)
  let sent = 0
  await Promise.all(Array.from({ length: concurrency }, () => sendInTurn()))
  const took = microseconds() - startedAt
  await agent.close()
  return sent / (took / seconds(1))

  function sendInTurn(): Promise<void> {
    const body = Buffer.from(text)
    const at = findStamps(body)[0] ?? 0
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const handler: Dispatcher.DispatchHandler = {
      // undici tells the handlers of its two generations apart by this method.
      onRequestStart() {},
      onResponseStart(_controller, status) {
        if (status !== 200) reject(new Error(`the receiver answered ${status}`))
      },
      onResponseData() {},
      onResponseEnd: () => next(),
      onResponseError: (_controller, error) => reject(error),
    }
    const next = () => {
      const now = microseconds()
      if (now >= endsAt) return resolve()
      stamp(body, at, now, sent++)
      const time = Math.floor(Date.now() / 1000)
      const atlas = createHmac('sha256', keys.text).update(`${time}.`).update(body).digest('hex')
      const standard = createHmac('sha256', keys.bytes).update(`${id}.${time}.`).update(body).digest('base64')
      const headers = {
        'User-Agent': 'Atlas-Webhooks/0.0.0',
        'Content-Type': 'application/json',
        'Atlas-Event': 'bench.e00',
        'Atlas-Delivery': id,
        'Atlas-Attempt': '1',
        'Atlas-Sequence': '42',
        'Atlas-Signature': `t=${time},v1=${atlas}`,
        'webhook-id': id,
        'webhook-timestamp': String(time),
        'webhook-signature': `v1,${standard}`,
      }
      agent.dispatch({ origin: `http://127.0.0.1:${port}`, path: '/ok/0000', method: 'POST', headers, body }, handler)
    }
    next()
    return promise
  }
}
