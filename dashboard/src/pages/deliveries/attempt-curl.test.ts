import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Receiver } from '../../../../server/testing/receiver.ts'
import { toCurl } from './attempt-curl.ts'

test('what is copied sends the same request, whatever is in it', async (t) => {
  const receiver = await Receiver.start(t)
  const body = `{"quote":"it's \\"so\\" $(id) \`id\` \\\\ ü"}`
  const headers = { 'Content-Type': 'application/json', 'Content-Length': '1', Host: 'x', 'X-Many': ["a'b", '$HOME'] }
  const command = toCurl({ method: 'POST', url: receiver.url('/hook'), headers, body })
  await promisify(execFile)('sh', ['-c', command])
  const [request] = receiver.requests('/hook')
  assert.equal(request?.body.toString(), body)
  assert.equal(request?.headers['x-many'], "a'b, $HOME")
  assert.equal(request?.headers['content-type'], 'application/json')
})
