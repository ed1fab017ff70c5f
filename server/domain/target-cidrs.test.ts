import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeAddress, parseCidrs, type TargetPolicy } from './target.ts'

function opening(text: string): TargetPolicy {
  const result = parseCidrs(text)
  assert.ok(result.ok)
  return { allowHttp: true, allowed: result.cidrs }
}

describe('parseCidrs', () => {
  it('opens the named blocks and nothing beside them', () => {
    const policy = opening('127.0.0.0/8, ::1/128,10.1.2.3,fd00:1::/32,')
    for (const address of ['127.0.0.1', '127.255.255.255', '::1', '10.1.2.3', 'fd00:1:ffff::', '::ffff:127.0.0.1']) {
      assert.ok(judgeAddress(address, policy).ok, address)
    }
    for (const address of ['10.1.2.2', '10.1.2.4', '::2', 'fd00:2::', '::127.0.0.1', '169.254.169.254']) {
      assert.ok(!judgeAddress(address, policy).ok, address)
    }
  })

  it('opens no IPv4 address by an IPv6 block', () => {
    const policy = opening('::/0')
    assert.ok(judgeAddress('fe80::1', policy).ok)
    assert.ok(!judgeAddress('::ffff:127.0.0.1', policy).ok)
    assert.ok(!judgeAddress('127.0.0.1', policy).ok)
  })

  it('gives nothing for empty text', () => {
    assert.deepEqual(parseCidrs(' '), { ok: true, cidrs: [] })
  })

  const faults: [string, RegExp][] = [
    ['127.0.0.0/8,localhost', /"localhost" is not a CIDR block/],
    ['127.1/8', /not a CIDR block/],
    ['10.0.0.0/', /not a CIDR block/],
    ['10.0.0.0/8/8', /not a CIDR block/],
    ['10.0.0.0/-1', /not a CIDR block/],
    ['10.0.0.0/33', /longer than 32/],
    ['fd00::/129', /longer than 128/],
    ['10.1.2.3/8', /did you mean 10\.0\.0\.0\/8/],
    ['fd00::1/8', /did you mean fd00::\/8/],
    ['::ffff:10.0.0.0/104', /write it as IPv4/],
  ]
  for (const [text, reason] of faults) {
    it(`refuses ${text} and says why`, () => {
      const result = parseCidrs(text)
      assert.ok(!result.ok)
      assert.match(result.reason, reason)
    })
  }
})
