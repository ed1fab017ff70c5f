import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileTypePatterns } from './type-pattern.ts'

function matcher(...patterns: string[]): (type: string) => boolean {
  const compiled = compileTypePatterns(patterns)
  assert.ok(compiled.ok, `${patterns} was refused`)
  return compiled.matches
}

/** What the pattern says, by plain recursion over segments; slow, and obviously so. */
function says(pattern: readonly string[], type: readonly string[]): boolean {
  const [segment, ...rest] = pattern
  if (segment === undefined) return type.length === 0
  if (segment === '**') return says(rest, type) || (type.length > 0 && says(pattern, type.slice(1)))
  const [head, ...tail] = type
  if (head === undefined) return false
  const [before = '', after] = segment.split('*')
  const fits =
    after === undefined
      ? head === before
      : head.startsWith(before) && head.endsWith(after) && head.length >= before.length + after.length
  return fits && says(rest, tail)
}

test('a pattern matches the types that its form says and no others', () => {
  const cases: readonly (readonly [pattern: string, matching: string[], others: string[]])[] = [
    ['deal.created', ['deal.created'], ['deal.updated', 'deal', 'deal.created.twice', 'xdeal.created', 'dealxcreated']],
    ['deal.*', ['deal.created', 'deal.stage_changed'], ['deal', 'deal.created.', 'deal.item.added', 'deals.created']],
    ['*.created', ['deal.created'], ['created', 'deal.item.created', 'deal.created_at']],
    ['*', ['ping'], ['deal.created']],
    ['deal.closed_*', ['deal.closed_won', 'deal.closed_lost', 'deal.closed_'], ['deal.closed', 'deal.closed_won.late']],
    ['deal.**', ['deal', 'deal.created', 'deal.item.added.twice'], ['deals.created', 'big.deal']],
    ['**.created', ['created', 'deal.created', 'deal.item.created'], ['deal.recreated', 'deal.created.twice']],
    ['**', ['ping', 'deal.created', 'a.b.c.d'], []],
    ['*.**', ['ping', 'deal.created', 'deal.item.created'], []],
    ['a.**.z', ['a.z', 'a.b.z', 'a.b.c.z'], ['a', 'z', 'a.b', 'az']],
    ['deal.{created,updated}', ['deal.created', 'deal.updated'], ['deal.deleted', 'deal.created,updated']],
    ['{deal,contact}.{created,*ed_at}', ['deal.created', 'contact.merged_at'], ['company.created', 'deal.deleted']],
    ['deal{,.item.{added,removed}}', ['deal', 'deal.item.added', 'deal.item.removed'], ['deal.item', 'deal.']],
    ['{deal}.created', ['deal.created'], ['{deal}.created']],
    ['api-key.created', ['api-key.created'], ['api_key.created']],
  ]
  for (const [pattern, matching, others] of cases) {
    const matches = matcher(pattern)
    for (const type of matching) assert.ok(matches(type), `${pattern} should match ${type}`)
    for (const type of others) assert.ok(!matches(type), `${pattern} should not match ${type}`)
  }
})

test('an empty list matches every type, and a list matches what any of its patterns does', () => {
  assert.ok(matcher()('deal.created'))
  const matches = matcher('deal.created', 'contact.*', 'company.{created,updated}')
  for (const type of ['deal.created', 'contact.merged', 'company.updated']) assert.ok(matches(type))
  for (const type of ['deal.updated', 'company.deleted']) assert.ok(!matches(type))
})

test('patterns without braces mean what a plain reading of their segments says', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '_', '-', '1'), minLength: 1, maxLength: 4 })
  const short = fc.string({ unit: fc.constantFrom('a', 'b', '_', '-', '1'), maxLength: 2 })
  const starred = fc.tuple(short, short).map(([before, after]) => `${before}*${after}`)
  const pattern = fc
    .array(fc.oneof(word, starred, fc.constant('**')), { minLength: 1, maxLength: 5 })
    .filter((segments) => segments.indexOf('**') === segments.lastIndexOf('**'))
    .filter((segments) => segments.filter((segment) => segment !== '**' && segment.includes('*')).length <= 4)
  const type = fc.array(word, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(pattern, type, (segments, parts) => {
      assert.equal(matcher(segments.join('.'))(parts.join('.')), says(segments, parts))
    }),
    { numRuns: 2000 },
  )
})

test('a bad pattern is refused with its index, the place and a reason', () => {
  const cases: readonly (readonly [pattern: string, position: number, reason: RegExp])[] = [
    ['', 0, /empty/],
    ['Deal.created', 0, /allowed/],
    ['deal.created ', 12, /allowed/],
    ['deal/created', 4, /allowed/],
    ['!deal.*', 0, /allowed/],
    ['deal.+(a|b)', 5, /allowed/],
    ['deal.[ab]', 5, /allowed/],
    ['deal.?', 5, /allowed/],
    ['deal.\\*', 5, /allowed/],
    ['a'.repeat(257), 256, /256/],
    ['deal.{created', 5, /without }/],
    ['deal.created}', 12, /without {/],
    ['deal,contact', 4, /comma/],
    ['{1..1000}', 0, /empty segment/],
    ['.deal', 0, /empty segment/],
    ['deal..created', 0, /empty segment/],
    ['deal.', 0, /empty segment/],
    ['deal.{}', 0, /empty segment/],
    ['deal.{created,}', 0, /empty segment/],
    ['deal**', 0, /whole segment/],
    ['deal.***', 0, /whole segment/],
    ['*a*', 0, /more than one/],
    ['deal.a{b,*}*', 0, /whole segment/],
    ['{*a,b}{c,*}', 0, /more than one/],
    ['**.a.**', 0, /more than one \*\*/],
    ['*.*.*.*.*', 0, /more than 4/],
    ['{0,1,2,3,4,5,6,7,8,9,a}{0,1,2,3,4,5,6,7,8,9}', 0, /100 names/],
    ['{a,b}'.repeat(51), 0, /100 names/],
    [`${'{'.repeat(120)}${'}'.repeat(120)}`, 0, /empty segment/],
  ]
  for (const [pattern, position, reason] of cases) {
    const compiled = compileTypePatterns(['deal.created', pattern])
    assert.ok(!compiled.ok, `${pattern} was accepted`)
    assert.equal(compiled.index, 1, pattern)
    assert.equal(compiled.position, position, pattern)
    assert.match(compiled.reason, reason)
  }
})

test('the number of patterns, and of names with stars in all of them, is bounded', () => {
  assert.ok(compileTypePatterns(Array.from({ length: 100 }, (_, index) => `deal.event${index}`)).ok)
  const many = compileTypePatterns(Array.from({ length: 101 }, (_, index) => `deal.event${index}`))
  assert.ok(!many.ok && many.index === 100)
  const starred = compileTypePatterns(['a.{b,c,d,e,f,g,h,i,j,k}*', '{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}*'])
  assert.ok(!starred.ok && starred.index === 1)
})

test('the most hostile patterns take little time on the most hostile types', () => {
  const types = [
    'a'.repeat(256),
    `${'a.'.repeat(127)}ab`,
    `${'aa.'.repeat(85)}b`,
    `${'a'.repeat(127)}.${'a'.repeat(128)}`,
  ]
  const hostile = [
    ['a*ax'],
    ['*.*.*.*x.**'],
    ['**.*.*.*.*x'],
    [`**${'.a'.repeat(120)}.*.x`],
    ['{a,a}{a,a}{a,a}{a,a}{a,a}{a,a}*x'],
    Array.from({ length: 50 }, (_, index) => `**.*.*.*.*x${index}`),
  ]
  for (const patterns of hostile) {
    const matches = matcher(...patterns)
    for (const type of types) {
      const start = process.cpuUsage()
      assert.ok(!matches(type))
      const { user } = process.cpuUsage(start)
      // Backtracking without a bound would take hours; the slowest of these takes milliseconds for all 50 patterns.
      assert.ok(user < 1_000_000, `${patterns[0]} took ${user} µs`)
    }
  }
})
