import { createServer, type Socket } from 'node:net'
import { type ArrivalReport, Arrivals } from './arrivals.ts'
import { processorTime, serve } from './child.ts'
import { microseconds } from './clock.ts'
import { MessageReader, readNumber } from './http-framing.ts'
import { Order, type OrderReport } from './order.ts'
import { numberDistance, sentAtMark } from './payload.ts'
import { verifyBatch, verifyRequest } from './verify-request.ts'

// Requests go to /ok/0000 (answered at once), /no/0000 (never answered), /in/0000 (one at a time, in order) or /ce/0000
// (batches of CloudEvents): the digits are the endpoint's place in the scenario, at a fixed offset so that nobody has to
// look for them.
const kindOffset = 'POST /'.length
const pathOffset = 'POST /ok/'.length
const hang = 'n'.charCodeAt(0)
const inOrder = 'i'.charCodeAt(0)
const batched = 'c'.charCodeAt(0)

// Answers to requests that should come one at a time are held back now and then: otherwise the next one, sent too early,
// would still find the one before answered.
const heldEach = 50
const heldMs = 5

const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok')
const stamped = Buffer.from(sentAtMark)
const atlasSignature = Buffer.from(',v1=')
const standardSignature = Buffer.from(': v1,')
const sequenceHeader = Buffer.from('Atlas-Sequence: ')
const batchSignature = Buffer.from(': sha256=')

const noBatches = { requests: 0, largest: 0 }

const arrivals = new Arrivals()
const sockets = new Set<Socket>()
let secrets: readonly string[] = []
let verified = new Set<number>()
let faults: string[] = []
let hanging = 0
let orders = new Map<number, Order>()
let batches = noBatches
let processorTimeAtReset = 0
let awaited: { count: number; resolve(): void } | null = null

function receive(socket: Socket, bytes: Buffer, start: number, bodyStart: number, end: number): void {
  const now = microseconds()
  const path = readNumber(bytes, start + pathOffset)
  const kind = bytes[start + kindOffset]
  if (kind === hang) {
    hanging++
    return
  }
  if (kind === inOrder) answerInOrder(socket, path, bytes, start)
  else socket.write(answer)
  if (!verified.has(path)) {
    verified.add(path)
    const verify = kind === batched ? verifyBatch : verifyRequest
    const fault = verify(bytes.subarray(start, bodyStart), bytes.subarray(bodyStart, end), secrets[path])
    if (fault !== null) faults.push(`path ${path}: ${fault}`)
  }
  const known = kind === batched ? addBatch : addOne
  if (!known(now, path, bytes, start, bodyStart, end) && faults.length < 10) {
    faults.push(`unsigned or unknown: ${bytes.toString('latin1', start, Math.min(end, start + 800))}`)
  }
  if (awaited !== null && arrivals.count >= awaited.count) awaited.resolve()
}

/** Notes the event of a request; false: it has none, or lacks a signature. */
function addOne(now: number, path: number, bytes: Buffer, start: number, bodyStart: number, end: number): boolean {
  const signed = bytes.indexOf(atlasSignature, start)
  const signedTwice = bytes.indexOf(standardSignature, start)
  const stampAt = bytes.indexOf(stamped, bodyStart) + stamped.length
  if (signed < 0 || signed > bodyStart || signedTwice < 0 || signedTwice > bodyStart || stampAt > end) return false
  arrivals.add(now, now - readNumber(bytes, stampAt), path, readNumber(bytes, stampAt + numberDistance))
  return true
}

/** Notes the events of a batch, each found by its stamp: parsing them would cost more than it costs to send them. */
function addBatch(now: number, path: number, bytes: Buffer, start: number, bodyStart: number, end: number): boolean {
  const signed = bytes.indexOf(batchSignature, start)
  if (signed < 0 || signed > bodyStart) return false
  let events = 0
  for (let at = bytes.indexOf(stamped, bodyStart); at >= 0 && at < end; at = bytes.indexOf(stamped, at + 1)) {
    const stampAt = at + stamped.length
    arrivals.add(now, now - readNumber(bytes, stampAt), path, readNumber(bytes, stampAt + numberDistance))
    events++
  }
  batches = { requests: batches.requests + 1, largest: Math.max(batches.largest, events) }
  return events > 0
}

function answerInOrder(socket: Socket, path: number, bytes: Buffer, start: number): void {
  const order = orders.get(path) ?? new Order()
  orders.set(path, order)
  const sequenceAt = bytes.indexOf(sequenceHeader, start)
  order.arrived(sequenceAt < 0 ? Number.NaN : readNumber(bytes, sequenceAt + sequenceHeader.length))
  const answerNow = (): void => {
    order.answered()
    socket.write(answer)
  }
  if (arrivals.count % heldEach === heldEach - 1) setTimeout(answerNow, heldMs)
  else answerNow()
}

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new MessageReader((bytes, start, bodyStart, end) => receive(socket, bytes, start, bodyStart, end))
  sockets.add(socket)
  socket.on('data', (chunk: Buffer) => reader.push(chunk))
  // A sender that goes away is not the receiver's trouble: what is missing shows in the counts.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
})

const handlers = {
  listen(): Promise<number> {
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', 4096, () => {
        const address = server.address()
        resolve(address !== null && typeof address === 'object' ? address.port : 0)
      })
    })
  },
  /** Forgets everything and expects the requests of a new scenario. secrets[i] is that of the endpoint at path i. */
  reset(input: { secrets: readonly string[] }): void {
    arrivals.clear()
    secrets = input.secrets
    verified = new Set()
    faults = []
    hanging = 0
    orders = new Map()
    batches = noBatches
    processorTimeAtReset = processorTime()
    for (const socket of sockets) socket.destroy()
  },
  /** Resolves when that many requests have arrived, or when none has for a while: gives how many have. */
  async awaitCount({ count, quietMs }: { count: number; quietMs: number }): Promise<number> {
    let seen = -1
    while (arrivals.count < count && arrivals.count > seen) {
      seen = arrivals.count
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, quietMs)
        const arrived = () => {
          clearTimeout(timer)
          resolve()
        }
        awaited = { count, resolve: arrived }
      })
      awaited = null
    }
    return arrivals.count
  },
  /** Times are those of the shared clock; null for the end means: until now. */
  report(input: { from: number; until: number | null; paths: readonly number[] | null }): ArrivalReport {
    const paths = input.paths === null ? null : new Set(input.paths)
    return arrivals.report(input.from, input.until ?? Number.POSITIVE_INFINITY, paths)
  },
  state(): { count: number; hanging: number; faults: readonly string[]; verified: number; processorUs: number } {
    const processorUs = processorTime() - processorTimeAtReset
    return { count: arrivals.count, hanging, faults, verified: verified.size, processorUs }
  },
  /** Of a place that gets one request at a time, in order; null: nothing came there. */
  order({ path }: { path: number }): OrderReport | null {
    return orders.get(path)?.report() ?? null
  },
  /** How many batches came, and the events of the largest one. */
  batches(): { requests: number; largest: number } {
    return batches
  },
}

export type ReceiverHandlers = typeof handlers

serve(handlers)
