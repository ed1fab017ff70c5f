import assert from 'node:assert/strict'
import { BlockList, isIP } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { judgeAddress, judgeTarget, parseCidrs, type TargetPolicy } from './target.ts'

const strict: TargetPolicy = { allowHttp: false, allowed: [] }
const lenient: TargetPolicy = { allowHttp: true, allowed: [] }

function opening(text: string): TargetPolicy {
  const result = parseCidrs(text)
  assert.ok(result.ok)
  return { allowHttp: true, allowed: result.cidrs }
}

/** Range, first and last address in it, the addresses just outside it that are public. */
const refusedIpv4: [string, string, string, string[]][] = [
  ['0.0.0.0/8', '0.0.0.0', '0.255.255.255', ['1.0.0.0']],
  ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', ['9.255.255.255', '11.0.0.0']],
  ['100.64.0.0/10', '100.64.0.0', '100.127.255.255', ['100.63.255.255', '100.128.0.0']],
  ['127.0.0.0/8', '127.0.0.0', '127.255.255.255', ['126.255.255.255', '128.0.0.0']],
  ['168.63.129.16/32', '168.63.129.16', '168.63.129.16', ['168.63.129.15', '168.63.129.17']],
  ['169.254.0.0/16', '169.254.0.0', '169.254.255.255', ['169.253.255.255', '169.255.0.0']],
  ['172.16.0.0/12', '172.16.0.0', '172.31.255.255', ['172.15.255.255', '172.32.0.0']],
  ['192.0.0.0/24', '192.0.0.0', '192.0.0.255', ['191.255.255.255', '192.0.1.0']],
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.255', ['192.0.1.255', '192.0.3.0']],
  ['192.88.99.0/24', '192.88.99.0', '192.88.99.255', ['192.88.98.255', '192.88.100.0']],
  ['192.168.0.0/16', '192.168.0.0', '192.168.255.255', ['192.167.255.255', '192.169.0.0']],
  ['198.18.0.0/15', '198.18.0.0', '198.19.255.255', ['198.17.255.255', '198.20.0.0']],
  ['198.51.100.0/24', '198.51.100.0', '198.51.100.255', ['198.51.99.255', '198.51.101.0']],
  ['203.0.113.0/24', '203.0.113.0', '203.0.113.255', ['203.0.112.255', '203.0.114.0']],
  ['224.0.0.0/4', '224.0.0.0', '239.255.255.255', ['223.255.255.255']],
  ['240.0.0.0/4', '240.0.0.0', '255.255.255.255', []],
]

const ones = (groups: number) => Array(groups).fill('ffff').join(':')
const refusedIpv6: [string, string, string, string[]][] = [
  ['::/128', '::', '::', []],
  ['::1/128', '::1', '::1', []],
  ['::/96', '::2', '::255.255.255.255', []],
  ['64:ff9b::/96', '64:ff9b::', '64:ff9b::255.255.255.255', []],
  ['64:ff9b:1::/48', '64:ff9b:1::', `64:ff9b:1:${ones(5)}`, []],
  ['fc00::/7', 'fc00::', `fdff:${ones(7)}`, []],
  ['fe80::/10', 'fe80::', `febf:${ones(7)}`, []],
  ['ff00::/8', 'ff00::', ones(8), []],
  ['::/0', '::1:0:0', `1fff:${ones(7)}`, ['2000::']],
  ['::/0', '4000::', `fbff:${ones(7)}`, [`3fff:${ones(7)}`]],
  ['2001::/32', '2001::', `2001:0:${ones(6)}`, [`2000:${ones(7)}`, '2001:1::']],
  ['2001:db8::/32', '2001:db8::', `2001:db8:${ones(6)}`, [`2001:db7:${ones(6)}`, '2001:db9::']],
  ['2002::/16', '2002::', `2002:${ones(7)}`, [`2001:${ones(7)}`, '2003::']],
  ['3fff::/20', '3fff::', `3fff:fff:${ones(6)}`, [`3ffe:${ones(7)}`, '3fff:1000::']],
]

const octets = (address: string) => address.split('.').map(Number)
const asNumber = (bytes: readonly number[]) => bytes.reduce((sum, byte) => sum * 256 + byte, 0)
const mapped = (address: string) => {
  const [a = 0, b = 0, c = 0, d = 0] = octets(address)
  return `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

/** Hosts of a URL that all mean the dotted address. */
function formsOfIpv4(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = octets(address)
  const all = asNumber([a, b, c, d])
  const hex = all.toString(16)
  return [
    address,
    `${address}.`,
    `${all}`,
    `0${all.toString(8)}`,
    `0x${hex}`,
    `0X${hex.toUpperCase()}`,
    `0x${hex}.`,
    `${a}.${asNumber([b, c, d])}`,
    `${a}.${b}.${asNumber([c, d])}`,
    `0x${a.toString(16)}.0${b.toString(8)}.${asNumber([c, d])}`,
    [a, b, c, d].map((octet) => `0${octet.toString(8)}`).join('.'),
    [a, b, c, d].map((octet) => `000${octet.toString(8)}`).join('.'),
    [a, b, c, d].map((octet) => `0x${octet.toString(16)}`).join('.'),
    address.replaceAll('.', '\u3002'),
    address.replaceAll('.', '\uff0e'),
    address.replaceAll(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replaceAll(/[0-9]/g, (digit) => String.fromCodePoint(0x1d7d8 + Number(digit))),
    `[::ffff:${address}]`,
    `[0:0:0:0:0:ffff:${address}]`,
    `[0000:0000:0000:0000:0000:FFFF:${address}]`,
    `[${mapped(address)}]`,
  ]
}

/** Every group written out, upper case, dotted tail. */
function formsOfIpv6(address: string): string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail = ''] = canonical.split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail.split(':').filter(Boolean)
  const groups = [...left, ...Array(8 - left.length - right.length).fill('0'), ...right].map((g) => g.padStart(4, '0'))
  const dotted = groups.slice(6).flatMap((g) => [parseInt(g.slice(0, 2), 16), parseInt(g.slice(2), 16)])
  const full = groups.join(':')
  return [canonical, full, full.toUpperCase(), `${groups.slice(0, 6).join(':')}:${dotted.join('.')}`]
}

describe('judgeAddress', () => {
  for (const [range, first, last, outside] of [...refusedIpv4, ...refusedIpv6]) {
    it(`refuses ${first} to ${last} for ${range} and no more`, () => {
      for (const address of [first, last]) {
        const verdict = judgeAddress(address, strict)
        assert.ok(!verdict.ok, address)
        assert.equal(verdict.range, range, address)
        assert.ok(verdict.reason.includes(range))
      }
      for (const address of outside) assert.deepEqual(judgeAddress(address, strict), { ok: true }, address)
    })
  }

  it('judges IPv4-mapped IPv6 as the IPv4 address', () => {
    for (const [range, first, last, outside] of refusedIpv4) {
      for (const address of [first, last]) {
        for (const form of [mapped(address), `::ffff:${address}`]) {
          const verdict = judgeAddress(form, strict)
          assert.equal(verdict.ok || verdict.range, range, form)
        }
      }
      for (const address of outside) assert.deepEqual(judgeAddress(mapped(address), strict), { ok: true }, address)
    }
  })

  it('refuses addresses that carry a public IPv4 address in another way', () => {
    for (const address of ['::8.8.8.8', '::ffff:0:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1', '::808:808']) {
      assert.equal(judgeAddress(address, strict).ok, false, address)
    }
  })

  it('refuses what is no plain address', () => {
    const texts = ['', 'localhost', '127.1', '0x7f.0.0.1', '8.8.8.08', '1.2.3.4\n', '8.8.8.8.', '[2606:4700::1111]']
    const more = [
      '2606:4700::1111%eth0',
      '::1]@8.8.8.8:',
      '2606:4700:::1111',
      '8.8.8.8:80',
      '1:2:3:4:5:6:7',
      '::ffff:08.8.8.8',
    ]
    for (const text of [...texts, ...more]) {
      const verdict = judgeAddress(text, strict)
      assert.equal(verdict.ok || verdict.range, '', text)
    }
  })

  it('agrees with the address parser of Node.js on any IPv6 address', () => {
    const closed = new BlockList()
    for (const [range] of refusedIpv6) {
      const [network = '', bits] = range.split('/')
      if (range !== '::/0') closed.addSubnet(network, Number(bits), 'ipv6')
    }
    const unicast = new BlockList()
    unicast.addSubnet('2000::', 3, 'ipv6')
    const anywhere = fc.ipV6()
    const inside = fc.tuple(
      fc.integer({ min: 0x2000, max: 0x3fff }),
      fc.array(fc.nat(0xffff), { minLength: 7, maxLength: 7 }),
    )
    const near = inside.map(([first, rest]) => [first, ...rest].map((group) => group.toString(16)).join(':'))
    fc.assert(
      fc.property(fc.oneof(anywhere, near), (address) => {
        fc.pre(!/^(?:0+:){5}ffff:|^::(?:0+:)*ffff:/i.test(address))
        const expected = unicast.check(address, 'ipv6') && !closed.check(address, 'ipv6')
        assert.equal(judgeAddress(address, strict).ok, expected)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('judgeTarget', () => {
  it('refuses every form of an address in every refused range', () => {
    for (const [range, first, last] of refusedIpv4) {
      for (const form of [first, last].flatMap(formsOfIpv4)) {
        const verdict = judgeTarget(`https://${form}/hook`, strict)
        assert.ok(!verdict.ok, form)
        assert.ok(verdict.reason.includes(range), `${form}: ${verdict.reason}`)
      }
    }
    for (const [range, first, last] of refusedIpv6) {
      for (const form of [first, last].flatMap(formsOfIpv6)) {
        const verdict = judgeTarget(`https://[${form}]:8443/hook`, strict)
        assert.ok(!verdict.ok, form)
        assert.ok(verdict.reason.includes(range), `${form}: ${verdict.reason}`)
      }
    }
  })

  it('judges any IPv4 address in any notation as its dotted form', () => {
    const radix = fc.constantFrom(
      (n: number) => `${n}`,
      (n: number) => `0${n.toString(8)}`,
      (n: number) => `0x${n.toString(16)}`,
      (n: number) => `0X00${n.toString(16).toUpperCase()}`,
    )
    const notation = fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.array(radix, { minLength: 4, maxLength: 4 }),
      fc.boolean(),
    )
    const near = fc.constantFrom(...refusedIpv4.flatMap(([, first, last, outside]) => [first, last, ...outside]))
    const address = fc.oneof(fc.ipV4(), near).map(octets)
    fc.assert(
      fc.property(address, notation, (bytes, [parts, write, dot]) => {
        const numbers = [...bytes.slice(0, parts - 1), asNumber(bytes.slice(parts - 1))]
        const host = `${numbers.map((n, i) => write[i]?.(n)).join('.')}${dot ? '.' : ''}`
        const expected = judgeAddress(bytes.join('.'), strict)
        const verdict = judgeTarget(`https://${host}/`, strict)
        assert.equal(verdict.ok, expected.ok, host)
        assert.equal(judgeTarget(`https://[${mapped(bytes.join('.'))}]/`, strict).ok, expected.ok)
        if (verdict.ok) assert.equal(verdict.url.hostname, bytes.join('.'))
        else if (!expected.ok) assert.equal(verdict.reason, expected.reason)
      }),
      { numRuns: 2000 },
    )
  })

  it('never lets a refused address or a malformed host through, whatever the text', () => {
    const piece = fc.constantFrom(
      ...[
        'http',
        'https',
        '://',
        ':',
        '/',
        '//',
        '\\',
        '@',
        '#',
        '?',
        '.',
        '%',
        '[',
        ']',
        '::',
        ':80',
        ':8443',
        ' ',
        '\t',
      ],
      ...[
        '127.0.0.1',
        '0x7f',
        '1',
        '0',
        'ffff',
        'localhost',
        'example.com',
        '%2e',
        '\u2460',
        '\u3002',
        '\u00ad',
        '%00',
      ],
    )
    const text = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((rest) => `https://${rest}`),
          fc.webUrl(),
          fc.string(),
        ),
        (candidate) => {
          const verdict = judgeTarget(candidate, lenient)
          if (!verdict.ok) return
          const { hostname, username, password, protocol } = new URL(verdict.url.href)
          assert.match(protocol, /^https?:$/)
          assert.equal(username + password, '')
          const host = hostname.replace(/^\[|\]$/g, '')
          if (isIP(host)) assert.ok(judgeAddress(host, lenient).ok, candidate)
          else assert.match(host, /^[a-z0-9_.-]+$/)
          // What the owner sees as the host is the host: nothing of it was dropped or moved.
          assert.doesNotMatch(candidate.split(/[/?#]/)[2] ?? '', /[@%\\\s]/)
        },
      ),
      { numRuns: 5000 },
    )
  })

  const refusals: [string, RegExp][] = [
    ['http://example.com/', /https:\/\//],
    ['ftp://example.com/', /https:\/\//],
    ['javascript:alert(1)', /https:\/\//],
    ['example.com/hook', /https:\/\//],
    ['', /https:\/\//],
    ['https:example.com', /https:\/\//],
    ['https:/example.com', /https:\/\//],
    ['https:///example.com', /https:\/\//],
    ['https:\\\\example.com', /backslash/],
    ['https://example.com\\@127.0.0.1/', /backslash/],
    ['https://exa\tmple.com/', /control character/],
    ['https://exa\nmple.com/', /control character/],
    ['https://example.com/\r\nHost: internal', /control character/],
    ['https://example.com/\u0000', /control character/],
    [' https://example.com/', /space/],
    ['https://example.com/a b', /space/],
    ['https://user@example.com/', /user name/],
    ['https://user:secret@example.com/', /user name/],
    ['https://@example.com/', /user name/],
    ['https://:@example.com/', /user name/],
    ['https://example.com@127.0.0.1/', /user name/],
    ['https://127%2e1/', /percent/],
    ['https://example%2ecom/', /percent/],
    ['https://[fe80::1%25eth0]/', /percent/],
    ['https://[fe80::1%eth0]/', /percent/],
    ['https://', /no valid host/],
    ['https://?x', /no valid host/],
    ['https://:443/', /no valid host/],
    ['https://1.2.3.256/', /no valid host/],
    ['https://1.2.3.4.5/', /no valid host/],
    ['https://4294967296/', /no valid host/],
    ['https://example.0x7f/', /no valid host/],
    ['https://[::1/', /no valid host/],
    ['https://[::1]x/', /no valid host/],
    ['https://[v1.fe80]/', /no valid host/],
    ['https://example.com:8443x/', /no valid host/],
    ['https://a..example.com/', /host name is not valid/],
    ['https://example.com../', /host name is not valid/],
    ['https://.example.com/', /host name is not valid/],
    ['https://127.0.0.1../', /host name is not valid/],
    ['https://*.example.com/', /host name is not valid/],
    ['https://-a.example.com/', /host name is not valid/],
    ['https://a-.example.com/', /host name is not valid/],
    [`https://${'a'.repeat(64)}.com/`, /host name is not valid/],
    [`https://${'a.'.repeat(126)}bc/`, /longer than 253/],
    [`https://example.com/${'a'.repeat(2048)}`, /longer than 2048/],
    ['https://example.com:65536/', /65536/],
    ['https://example.com:99999999999999999999/', /Port/],
  ]
  for (const [text, reason] of refusals) {
    it(`refuses ${JSON.stringify(text.slice(0, 60))} and says why`, () => {
      const verdict = judgeTarget(text, strict)
      assert.ok(!verdict.ok)
      assert.match(verdict.reason, reason)
    })
  }

  it('permits 80, 443 and from 1024 on what is no well-known service', () => {
    const port = (number: number) => judgeTarget(`https://example.com:${number}/`, strict).ok
    for (const number of [80, 443, 1024, 3000, 8000, 8080, 8443, 9000, 32768, 65535])
      assert.ok(port(number), `${number}`)
    for (const number of [0, 1, 21, 22, 25, 79, 81, 442, 444, 1023]) assert.ok(!port(number), `${number}`)
    for (const number of [2375, 3306, 3389, 5432, 6379, 9200, 11211, 27017]) assert.ok(!port(number), `${number}`)
    for (let number = 32768; number <= 65535; number += 97) assert.ok(port(number), `${number}`)
    assert.ok(judgeTarget('https://example.com:/', strict).ok)
    assert.ok(!judgeTarget('https://example.com:0025/', strict).ok)
  })

  it('holds opened addresses to the same ports', () => {
    const policy = opening('127.0.0.0/8')
    assert.ok(judgeTarget('http://127.0.0.1:49152/', policy).ok)
    assert.ok(judgeTarget('http://127.0.0.1/', policy).ok)
    assert.ok(!judgeTarget('http://127.0.0.1:5432/', policy).ok)
    assert.ok(!judgeTarget('http://127.0.0.1:22/', policy).ok)
  })

  it('permits public targets and gives their URL in canonical form', () => {
    const href = (text: string) => {
      const verdict = judgeTarget(text, strict)
      return verdict.ok ? verdict.url.href : verdict.reason
    }
    assert.equal(href('HTTPS://Hooks.Example.COM:443/a?b=c'), 'https://hooks.example.com/a?b=c')
    assert.equal(href('https://b\u00fccher.example/'), 'https://xn--bcher-kva.example/')
    assert.equal(href('https://hooks.example.com./'), 'https://hooks.example.com./')
    assert.equal(href('https://a_b.example.com/'), 'https://a_b.example.com/')
    assert.equal(href('https://8.8.8.8/'), 'https://8.8.8.8/')
    assert.equal(href('https://[2606:4700::1111]:8443/'), 'https://[2606:4700::1111]:8443/')
    assert.equal(href(`https://${'a.'.repeat(126)}b./`), `https://${'a.'.repeat(126)}b./`)
    assert.equal(
      href('https://example.com/?next=https://user@127.0.0.1'),
      'https://example.com/?next=https://user@127.0.0.1',
    )
  })

  it('permits http only where the operator does', () => {
    assert.ok(!judgeTarget('http://example.com/', strict).ok)
    assert.ok(judgeTarget('http://example.com/', lenient).ok)
  })

  it('leaves names to the check of their addresses', () => {
    assert.ok(judgeTarget('https://localhost:3000/', strict).ok)
    assert.ok(judgeTarget('https://receiver/', strict).ok)
  })
})
