/** One HTTP/1.1 message within `bytes`: its head from `start`, its body from `bodyStart` to `end`. */
export type OnMessage = (bytes: Buffer, start: number, bodyStart: number, end: number) => void

/** A message that this reader does not understand, such as one with chunked encoding. */
export class UnknownFraming extends Error {
  override readonly name = 'UnknownFraming'
}

const headEndMark = Buffer.from('\r\n\r\n')
const noContent = /^HTTP\/1\.1 (204|304) /

/**
 * Cuts a connection's bytes into HTTP/1.1 messages with a Content-Length, several in one chunk or one in several. A
 * benchmark's own processes share the processor with what they measure, so this does not parse what nobody asks for.
 */
export class MessageReader {
  readonly #onMessage: OnMessage
  #rest: Buffer | null = null
  // Peers spell it the same way in every message; the search by spelling is one call into native code.
  #lengthMark = Buffer.from('content-length: ')

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage
  }

  /** The chunk may be reused by its owner after the call. */
  push(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk])
    let start = 0
    while (start < bytes.length) {
      const headEnd = bytes.indexOf(headEndMark, start)
      if (headEnd < 0) break
      const bodyStart = headEnd + headEndMark.length
      const end = bodyStart + this.#contentLength(bytes, start, headEnd)
      if (end > bytes.length) break
      this.#onMessage(bytes, start, bodyStart, end)
      start = end
    }
    if (start === bytes.length) this.#rest = null
    else this.#rest = start === 0 && this.#rest !== null ? bytes : Buffer.from(bytes.subarray(start))
  }

  #contentLength(bytes: Buffer, start: number, headEnd: number): number {
    const known = bytes.indexOf(this.#lengthMark, start)
    if (known >= 0 && known < headEnd) return readNumber(bytes, known + this.#lengthMark.length)
    const head = bytes.toString('latin1', start, headEnd)
    const spelling = /\r\n(content-length: *)\d/i.exec(head)?.[1]
    if (spelling === undefined) {
      if (noContent.test(head)) return 0
      throw new UnknownFraming(`a message without Content-Length: ${head.slice(0, 200)}`)
    }
    this.#lengthMark = Buffer.from(spelling)
    return this.#contentLength(bytes, start, headEnd)
  }
}

/** The decimal number that begins at `offset`. */
export function readNumber(bytes: Buffer, offset: number): number {
  let value = 0
  for (let i = offset; i < bytes.length; i++) {
    const digit = (bytes[i] as number) - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return value
}

/** Writes a number with leading zeros, so that a message can be used again with other numbers in the same places. */
export function writeDigits(bytes: Buffer, offset: number, width: number, value: number): void {
  let rest = value
  for (let i = offset + width - 1; i >= offset; i--) {
    const next = Math.floor(rest / 10)
    bytes[i] = 48 + (rest - next * 10)
    rest = next
  }
}
