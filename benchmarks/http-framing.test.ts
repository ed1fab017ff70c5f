import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageReader, readNumber, UnknownFraming, writeDigits } from './http-framing.ts'

const messages = [
  'POST /ok/0001 HTTP/1.1\r\nContent-Length: 5\r\nHost: x\r\n\r\nhello',
  'POST /ok/0002 HTTP/1.1\r\ncontent-length: 0\r\n\r\n',
  'POST /ok/0003 HTTP/1.1\r\nhost: x\r\ncontent-length:11\r\n\r\n\r\n\r\nhello\r\n',
]

function read(chunks: readonly string[]): string[] {
  const found: string[] = []
  const reader = new MessageReader((bytes, start, bodyStart, end) => {
    found.push(bytes.toString('latin1', start, bodyStart), bytes.toString('latin1', bodyStart, end))
  })
  const reused = Buffer.alloc(1000)
  for (const chunk of chunks) {
    const length = reused.write(chunk, 'latin1')
    reader.push(reused.subarray(0, length))
  }
  return found
}

const separated = messages.flatMap((message) => {
  const headEnd = message.indexOf('\r\n\r\n') + 4
  return [message.slice(0, headEnd), message.slice(headEnd)]
})

test('messages that arrive together are told apart', () => {
  assert.deepEqual(read([messages.join('')]), separated)
})

test('messages that arrive in pieces of any size are put together, also in a buffer that is used again', () => {
  const whole = messages.join('')
  for (let size = 1; size < whole.length; size++) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
      whole.slice(i * size, (i + 1) * size),
    )
    assert.deepEqual(read(chunks), separated, `pieces of ${size}`)
  }
})

test('a message without a length is refused, except where HTTP says that it has no body', () => {
  assert.throws(() => read(['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n']), UnknownFraming)
  assert.equal(read(['HTTP/1.1 204 No Content\r\n\r\n']).length, 2)
})

test('digits are written with leading zeros and read back', () => {
  const bytes = Buffer.from('<________________>')
  writeDigits(bytes, 1, 16, 1_234_567_890_123)
  assert.equal(bytes.toString(), '<0001234567890123>')
  assert.equal(readNumber(bytes, 1), 1_234_567_890_123)
})
