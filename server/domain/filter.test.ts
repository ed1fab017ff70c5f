import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileFilter, type Verdict } from './filter.ts'
import { FilterSubject } from './filter-value.ts'

const deal = { id: 'deal_01', value: 48000, stage: 'qualified', owner: null, lines: [{ price: 5 }, { price: 7.5 }] }
const id = '01920000-0000-7000-8000-000000000000'

function subject(data: unknown = deal, type = 'deal.updated', tags: readonly string[] = ['eu', 'vip']): FilterSubject {
  return new FilterSubject({ id, stream: 'events', type, tags, created: 1_768_473_000 }, data)
}

function ask(text: string, about: FilterSubject = subject()): Verdict {
  const filter = compileFilter(text)
  assert(filter.ok, `${text}: ${filter.ok ? '' : filter.reason}`)
  return filter.explain(about)
}

function refusal(text: string): string {
  const filter = compileFilter(text)
  assert(!filter.ok, text)
  return `${filter.line}:${filter.column} ${filter.reason}`
}

function holds(text: string, about?: FilterSubject): void {
  assert.deepEqual(ask(text, about), { matches: true, reason: 'The expression is true.' }, text)
}

test('the data is bound by the name of the object, beside event, data, type and tags', () => {
  holds('deal.value > 10000')
  holds('data.value == deal.value && type == "deal.updated" && "eu" in tags')
  holds('event.type == type && event.data.value == 48000 && event.tags == tags && event.created == 1768473000')
  holds('event.id.startsWith("evt_")')
  holds('deal.value == 1', subject({ value: 1 }, 'deal'))
  holds('audit.a.b == "x"', subject({ a: { b: 'x' } }, 'audit.login.failed'))
  // What is bound always stays bound, whatever an event is called.
  holds('type == "type.changed" && data.x == 1', subject({ x: 1 }, 'type.changed'))
  assert.equal(ask('deal.value > 1', subject(deal, 'contact.created')).matches, false)
})

test('operators and functions give what the language says', () => {
  for (const text of [
    'data.value == 48000.0 && data.value != "48000"',
    '7 / 2 == 3 && 7.0 / 2 == 3.5 && -7 / 2 == -3 && 7 % 3 == 1 && data.value / 5 == 9600 && data.value + 1 > 48000.5',
    'deal.stage in ["qualified", "won"] && !(deal.stage in ["lost"]) && "stage" in deal',
    'deal.stage.startsWith("qual") && deal.stage.endsWith("ified") && deal.stage.contains("lifi")',
    'deal.stage.matches("^q[a-z]+$") && deal.stage.matches("ali") && !deal.stage.matches("^ali")',
    'size(deal.lines) == 2 && deal.lines.size() == 2 && size("é😀") == 2 && size(deal) == 5 && size([]) == 0',
    'deal.lines.all(line, line.price > 1) && deal.lines.exists(line, line.price == 7.5)',
    'deal.lines.exists_one(line, line.price > 6) && !deal.lines.exists_one(line, line.price > 1)',
    'deal.lines.map(line, line.price) == [5, 7.5] && deal.lines.map(l, l.price > 5, l.price * 2) == [15]',
    'deal.lines.filter(line, line.price < 6)[0].price == 5 && deal["lines"][1]["price"] == 7.5',
    'deal.all(key, key.size() > 1) && [1, 2].all(a, [3, 4].all(b, a < b)) && [[1], [2]].exists(a, a.exists(a, a == 2))',
    'has(deal.stage) && !has(deal.color) && has(deal.owner) && deal.owner == null',
    'has(deal.color) ? deal.color == "red" : true',
    '"ÄB".lowerAscii() == "Äb" && "äb".upperAscii() == "äB" && " a ".trim() == "a" && "a" + "b" == "ab"',
    'int("42") == 42 && int(7.9) == 7 && double("1.5") == 1.5 && string(48000) == "48000" && string(true) == "true"',
    '"b" > "a" && [1] + [2] == [1, 2] && {"a": [1]} == {"a": [1]} && {"a": 1} != {"a": 2} && -(3) < 0 && 0x10 == 16',
    "'single' == \"single\" && r'\\d' == '\\\\d' && true || false // a remark",
  ]) {
    holds(text)
  }
})

test('numbers of an event compare with whole and other numbers, however large', () => {
  for (const value of [48000, 48000.5, 1e300, 2 ** 64]) holds('deal.value > 10000', subject({ value }))
  holds(
    'deal.value == 12345678901234567890 && deal.value > 9223372036854775807',
    subject({ value: JSON.parse('12345678901234567890') }),
  )
  holds('deal.value * 10 > 1', subject({ value: 1e308 }))
  assert.equal(ask('deal.value > 10000', subject({ value: 10000 })).matches, false)
})

test('where the expression does not apply, the event does not match, and the reason says why', () => {
  for (const [text, reason] of [
    ['contact.name == "x"', '"contact" has no meaning for an event of this type'],
    ['deal.color == "red"', 'there is no field "color"'],
    ['deal.stage.name == "x"', 'there is no field "name" in a string'],
    ['deal.owner.name == "x"', 'there is no field "name" in null'],
    ['deal.stage > 1', 'cannot compare a string with a number'],
    ['deal.value + "x" == "y"', 'a number + a string has no meaning'],
    ['deal.value / 0 > 1', 'division by zero'],
    ['deal.value % 0 > 1', 'division by zero'],
    ['1 / 0 == 1', 'division by zero'],
    ['deal.value', 'it gives a number, not true or false'],
    ['deal.value && true', 'a condition is neither true nor false'],
    ['!deal.color', 'there is no field "color"'],
    ['deal.value ? true : false', 'a condition is neither true nor false'],
    ['deal.lines[2].price > 1', 'no item 2'],
    ['deal.lines["0"].price > 1', 'a list is indexed by a number, not by a string'],
    ['deal.lines.all(line, line.tax > 1)', 'there is no field "tax"'],
    ['deal.value.all(x, true)', 'cannot loop over a number'],
    ['deal.value.matches("4")', 'expected a string, got a number'],
    ['int("x") == 1', 'a string is no whole number'],
    ['has(contact.name)', '"contact" has no meaning for an event of this type'],
  ]) {
    assert.deepEqual(ask(text as string), { matches: false, reason: `The expression does not apply: ${reason}.` }, text)
  }
  // One side is enough where it decides alone, in either order.
  holds('deal.color == "red" || true')
  holds('true || deal.color == "red"')
  holds('!(deal.color == "red" && false)')
  holds('deal.lines.exists(line, line.tax > 1 || line.price == 7.5)')
})

test('names that mean something to JavaScript are data like any other', () => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length']) {
    const none = `The expression does not apply: there is no field "${name}".`
    assert.equal(ask(`data.${name} == 1`, subject({})).reason, none)
    assert.equal(ask(`has(data.${name}) || "${name}" in data || data["${name}"] != 1`, subject({})).matches, false)
    const data = JSON.parse(`{"${name}": {"${name}": 7}, "other": {}}`)
    holds(`data.${name}.${name} == 7 && data["${name}"] == {"${name}": 7} && has(data.${name})`, subject(data))
    holds(`data.other != {"${name}": {}} && {"${name}": {}} != data.other && data.${name} != {"x": {}}`, subject(data))
    assert.equal(ask(`${name === '__proto__' || name === 'prototype' ? 'x' : name} == 1`, subject({})).matches, false)
  }
  assert.equal(ask('data.list.length == 1', subject({ list: [1] })).matches, false)
})

test('a bad expression is refused with its position and a reason', () => {
  for (const [text, reason] of [
    ['', '1:1 is empty'],
    ['deal.value >', '1:13 Unexpected token: EOF'],
    ['deal.value > 1\n  && (true', '2:11 Expected RPAREN, got EOF'],
    ['deal.value = 1', '1:12 Unexpected character: ='],
    ['deal.stage == "x', '1:15 Unterminated string'],
    ['deal.stage.matches("(")', '1:20 the pattern is not accepted: missing closing ): `(`'],
    ['deal.stage.matches("(?=a)")', '1:20 the pattern is not accepted: invalid or unsupported Perl syntax: `(?=`'],
    ['a.matches(b)', '1:11 matches() takes one pattern, which must be written out as a string'],
    ['a.matches("(a{30}){30}")', '1:11 the pattern is not accepted: is too large when its repetitions are written out'],
    ['type == "\n\u0000"', '2:1 has a control character or half of a character'],
    ['type == "\ud800"', '1:10 has a control character or half of a character'],
    ['1 + 2', '1:1 must be true or false, and is of type int'],
    ['true && "x"', '1:9 must be true or false, and is of type string'],
    ['has(deal)', '1:1 has() takes a field, as has(data.name)'],
    ['deal.lines.all(1, true)', '1:16 all(var, predicate) invalid predicate iteration variable'],
    ['deal.lines.all(x)', '1:1 all() takes a variable and an expression, as all(item, …)'],
    ['b"x" == b"x"', '1:1 bytes are not supported'],
    ['{1: 2} == {}', '1:2 a key must be a string'],
    ['package.x == 1', '1:1 Reserved identifier: package'],
  ]) {
    assert.equal(refusal(text as string), reason, text)
  }
  assert.match(refusal('now() > 1'), /^1:1 there is no function now\(\); there are double, has, int, size, string$/)
  assert.match(refusal('deal.stage.reverse() == "x"'), /^1:1 there is no function reverse\(\) of a value/)
})

test('length, parts and nesting of an expression are bounded', () => {
  assert.equal(compileFilter(`true${' '.repeat(4_092)}`).ok, true)
  assert.equal(refusal(`true${' '.repeat(4_093)}`), '1:4097 has more than 4096 characters')
  assert.match(refusal(`true${' || true'.repeat(300)}`), /has more than 500 parts$/)
  assert.match(refusal(`${'('.repeat(100)}true${')'.repeat(100)}`), /is nested more than 40 deep$/)
  assert.match(refusal(`${'!'.repeat(4_000)}true`), /parts|deep/)
  assert.match(refusal(`${'['.repeat(2_000)}`), /nested/)
  assert.match(refusal(`1 in [${'1,'.repeat(300)}]`), /list of more than 200 items/)
})

/** Of this thread, in milliseconds: others share the machine. */
function processorTime(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

function manyKeys(count: number): Record<string, number> {
  return JSON.parse(`{${Array.from({ length: count }, (_, number) => `"k${number}":${number}`).join()}}`)
}

const kib256 = 256 * 1024
const payload = {
  zeros: Array(kib256 / 2).fill(0),
  text: 'a'.repeat(kib256),
  needle: `${'a'.repeat(500)}b${'a'.repeat(500)}`,
  short: `${'a'.repeat(100)}b${'a'.repeat(100)}`,
  mixed: 'aA'.repeat(kib256 / 2),
  map: manyKeys(17_000),
  half: manyKeys(8_500),
  copy: manyKeys(8_500),
  words: Array(20_000).fill('some text'),
}
// To list the keys of the largest map cannot be stopped, but is less than it took to parse it.
const parsing = processorTime(() => manyKeys(17_000))
const repeated = (text: string, times: number, join: string) => Array(times).fill(text).join(join)
const hostile: Record<string, string> = {
  'nested loops': 'data.zeros.all(a, data.zeros.all(b, data.zeros.all(c, a == b && b == c)))',
  'loops that fail': 'data.zeros.all(a, data.zeros.exists(b, b.x) || data.zeros.all(c, c.y))',
  'loops in a row': repeated('data.zeros.all(a, a == 0)', 60, ' && '),
  'loops in a list': `size([${repeated('data.zeros.map(a, a)', 60, ',')}]) > 0`,
  'doubling lists': `size(${repeated('data.zeros', 100, ' + ')}) > 0`,
  'doubling texts': `size(${repeated('data.text', 150, ' + ')}) > 0`,
  'loops over joined texts': 'data.words.map(a, data.text + data.text).all(t, t.contains("zzz"))',
  'a long search': 'data.text.contains(data.needle)',
  'many searches': `[${repeated('data.text.contains(data.short)', 80, ',')}] == []`,
  'searches in a loop': 'data.words.all(w, !data.text.contains(data.short))',
  'exponential pattern': 'data.text.matches("(a+)+$") && data.text.matches("(a|aa)+b")',
  'patterns in a loop': 'data.words.all(w, !w.matches("(s|so|som|some)*( |t|te)*x$"))',
  'large pattern': 'data.text.matches("a{250}b")',
  'equal maps': repeated('data.half == data.copy', 80, ' && '),
  'keys of maps': `[${repeated('size(data.map)', 150, ',')}] == []`,
  membership: `[${repeated('1 in data.zeros', 100, ',')}] == []`,
  'membership of lists': 'data.zeros.all(a, !(1 in data.zeros))',
  'change of case': repeated('data.mixed.lowerAscii() == data.text', 60, ' || '),
  'sizes of texts': `[${repeated('size(data.text)', 150, ',')}] == []`,
}

for (const [name, text] of Object.entries(hostile)) {
  test(`a hostile expression ends within 5 ms and does not match: ${name}`, () => {
    const filter = compileFilter(text)
    assert(filter.ok, filter.ok ? '' : filter.reason)
    const ask = () => assert.equal(filter.matches(subject(payload)), false)
    for (let run = 0; run < 5; run++) ask()
    const runs = 15
    const each =
      processorTime(() => {
        for (let run = 0; run < runs; run++) ask()
      }) / runs
    assert(each < Math.max(5, parsing), `${each} ms`)
  })
}

test('hostile filters of one event share its bound, and a plain one still gets its turn', () => {
  const about = subject(payload)
  const costly = compileFilter('data.zeros.all(a, data.zeros.all(b, a == b))')
  const plain = compileFilter('data.words[0] == "some text" && size(data.words) > 10')
  assert(costly.ok && plain.ok)
  for (let count = 0; count < 20; count++) assert.match(costly.explain(about).reason, /more work than a filter may/)
  const spent = processorTime(() => {
    for (let count = 0; count < 500; count++) assert.equal(costly.matches(about), false)
  })
  assert(spent < 100, `${spent} ms`)
  assert.equal(plain.matches(about), true)
})

const name = fc.constantFrom(
  'a',
  'b',
  'data',
  'deal',
  'type',
  'tags',
  'event',
  '__proto__',
  'constructor',
  'length',
  'x',
)
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression')
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('1', '0', '2.5', '-3', '"a"', '""', 'true', 'false', 'null', '[]', '{}', '9223372036854775807'),
      name.map((text) => (text === '__proto__' ? 'data' : text)),
      fc.tuple(inner, name).map(([of, field]) => `(${of}).${field}`),
      fc.tuple(inner, inner).map(([of, key]) => `(${of})[${key}]`),
      fc
        .tuple(
          inner,
          fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in', '+', '-', '*', '/', '%', '&&', '||'),
          inner,
        )
        .map(([left, sign, right]) => `(${left}) ${sign} (${right})`),
      inner.map((of) => `!(${of})`),
      inner.map((of) => `-(${of})`),
      fc.tuple(inner, inner, inner).map(([test, yes, no]) => `(${test}) ? (${yes}) : (${no})`),
      fc.tuple(inner, inner).map(([left, right]) => `[${left}, ${right}]`),
      inner.map((value) => `{"a": ${value}}`),
      fc.tuple(fc.constantFrom('size', 'int', 'double', 'string'), inner).map(([call, of]) => `${call}(${of})`),
      fc.tuple(inner, name).map(([of, field]) => `has((${of}).${field})`),
      fc
        .tuple(inner, fc.constantFrom('all', 'exists', 'exists_one', 'filter', 'map'), inner)
        .map(([of, loop, body]) => `(${of}).${loop}(x, ${body})`),
      fc
        .tuple(inner, fc.constantFrom('contains', 'startsWith', 'endsWith'), inner)
        .map(([a, f, b]) => `(${a}).${f}(${b})`),
      fc.tuple(inner, fc.constantFrom('lowerAscii', 'trim', 'size')).map(([of, call]) => `(${of}).${call}()`),
      inner.map((of) => `(${of}).matches("^a+$")`),
    ),
  }
})

test('property: no expression and no event makes a filter throw', () => {
  fc.assert(
    fc.property(
      expression,
      fc.jsonValue({ maxDepth: 4 }),
      fc.array(fc.string(), { maxLength: 3 }),
      (text, data, tags) => {
        const filter = compileFilter(text)
        if (!filter.ok) return assert(filter.line >= 1 && filter.column >= 1 && filter.reason !== '')
        const startedAt = performance.now()
        const verdict = filter.explain(subject(data, 'deal.created', tags))
        assert(performance.now() - startedAt < 50)
        assert.equal(typeof verdict.matches, 'boolean')
        assert.equal(filter.matches(subject(data, 'deal.created', tags)), verdict.matches)
      },
    ),
    { numRuns: 3_000 },
  )
})

test('property: any text at all compiles or is refused with a position within it', () => {
  const part = fc.constantFrom(
    'deal',
    '.',
    'value',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '>',
    '&&',
    '!',
    '1',
    ' ',
    '\n',
    ',',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(part).map((parts) => parts.join('')),
      ),
      (text) => {
        const filter = compileFilter(text)
        if (filter.ok) return
        const line = text.split('\n')[filter.line - 1]
        assert(line !== undefined && filter.column >= 1 && filter.column <= line.length + 1, JSON.stringify(filter))
      },
    ),
    { numRuns: 3_000 },
  )
})

test('property: the name of the object means the data for its own types, and nothing for all others', () => {
  const segment = fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/).map((text) => `o${text}`)
  fc.assert(
    fc.property(segment, segment, fc.jsonValue({ maxDepth: 2 }), (object, other, field) => {
      const about = subject({ field }, `${object}.happened`)
      assert.equal(ask(`${object}.field == data.field && ${object} == event.data`, about).matches, true)
      assert.equal(ask(`${other}.field == data.field`, about).matches, other === object)
      assert.equal(ask(`${object} == data`, subject({ field }, object)).matches, true)
    }),
  )
})

test('property: what is always bound means the same, whatever the event is called and holds', () => {
  const object = fc.constantFrom('event', 'data', 'type', 'tags', 'deal', 'constructor')
  const tags = fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { maxLength: 4 })
  fc.assert(
    fc.property(
      object,
      fc.option(fc.constant('x.y')),
      fc.jsonValue({ maxDepth: 2 }),
      tags,
      (name, rest, field, tags) => {
        const type = rest === null ? name : `${name}.${rest}`
        const about = subject({ field }, type, tags)
        holds(`type == "${type}" && event.type == type`, about)
        holds(`tags == ${JSON.stringify(tags)} && event.tags == tags`, about)
        holds('data == event.data && size(data) == 1 && "field" in data', about)
        for (const tag of tags) holds(`"${tag}" in tags`, about)
        // A name that is taken is not lent to the data.
        const taken = ['event', 'type', 'tags'].includes(name)
        assert.equal(ask(`${name} == data`, about).matches, !taken)
      },
    ),
  )
})
