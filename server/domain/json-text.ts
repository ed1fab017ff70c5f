// JSON.parse and JSON.stringify would change a payload: 12345678901234567890 and 1.10 come out as other text. What a
// publisher wrote is therefore cut out of the text that JSON.parse has accepted. Except for nestingDepth, the functions
// here rely on that: of other text they make nothing useful, or a SyntaxError, but they come to an end.

const space = 0x20
const quote = 0x22
const comma = 0x2c
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * How deep objects and arrays are nested: 0 for a bare value. It takes any text, so that one which is nested too deep
 * can be refused before a recursive parser sees it.
 */
export function nestingDepth(json: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === quote) at = stringEnd(json, at) - 1
    else if (code === openBrace || code === openBracket) {
      if (++depth > deepest) deepest = depth
    } else if (code === closeBrace || code === closeBracket) depth--
  }
  return deepest
}

/**
 * The text of a member's value in the object that `json` is, exactly as written: the last one where the name occurs
 * several times, as JSON.parse has it. Null when `json` is no object or has no such member.
 */
export function sliceMember(json: string, name: string): string | null {
  return memberAt(json, skipSpace(json, 0), name).text
}

/**
 * The same for each element of the array that is the member `arrayName` of the object that `json` is: one entry an
 * element, null where it is no object or has no such member. Empty when there is no such array.
 */
export function sliceMembersOfArray(json: string, arrayName: string, name: string): (string | null)[] {
  let found: (string | null)[] = []
  eachMember(json, skipSpace(json, 0), (keyStart, keyEnd, start) => {
    if (!isKey(json, keyStart, keyEnd, arrayName)) return valueEnd(json, start)
    found = []
    if (json.charCodeAt(start) !== openBracket) return valueEnd(json, start)
    let at = skipSpace(json, start + 1)
    while (at < json.length && json.charCodeAt(at) !== closeBracket) {
      const { text, end } = memberAt(json, at, name)
      found.push(text)
      at = skipComma(json, end)
    }
    return at + 1
  })
  return found
}

/** The text of a member of the value that begins here, and where the value ends. */
function memberAt(json: string, at: number, name: string): { text: string | null; end: number } {
  let text: string | null = null
  const end = eachMember(json, at, (keyStart, keyEnd, valueStart) => {
    const end = valueEnd(json, valueStart)
    if (isKey(json, keyStart, keyEnd, name)) text = json.slice(valueStart, end)
    return end
  })
  return { text, end }
}

/**
 * Visits the members of the object that begins here; gives the end of the value, also when it is no object. `visit` gets
 * where the key lies, without its quotes, and where the value begins, and gives where the value ends.
 */
function eachMember(
  json: string,
  begin: number,
  visit: (keyStart: number, keyEnd: number, valueStart: number) => number,
): number {
  if (json.charCodeAt(begin) !== openBrace) return valueEnd(json, begin)
  let at = skipSpace(json, begin + 1)
  while (at < json.length && json.charCodeAt(at) !== closeBrace) {
    const keyEnd = stringEnd(json, at)
    const valueStart = skipSpace(json, skipSpace(json, keyEnd) + 1)
    at = skipComma(json, visit(at + 1, keyEnd - 1, valueStart))
  }
  return at + 1
}

/** "d\u0061ta" spells data too, and a key that is longer than the name can only be it when it has escapes. */
function isKey(json: string, start: number, end: number, name: string): boolean {
  if (end - start === name.length && json.startsWith(name, start)) return true
  if (end - start <= name.length) return false
  const key = json.slice(start, end)
  return key.includes('\\') && JSON.parse(`"${key}"`) === name
}

function valueEnd(json: string, begin: number): number {
  const first = json.charCodeAt(begin)
  if (first === quote) return stringEnd(json, begin)
  if (first !== openBrace && first !== openBracket) return scalarEnd(json, begin)
  let depth = 0
  for (let at = begin; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === quote) at = stringEnd(json, at) - 1
    else if (code === openBrace || code === openBracket) depth++
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return at + 1
  }
  return json.length
}

function scalarEnd(json: string, begin: number): number {
  let at = begin + 1
  for (; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === comma || code === closeBrace || code === closeBracket || code <= space) break
  }
  return at
}

/** The index after the closing quote: the first quote with an even number of backslashes before it. */
function stringEnd(json: string, begin: number): number {
  for (let at = json.indexOf('"', begin + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let before = at - 1
    while (json.charCodeAt(before) === backslash) before--
    if ((at - before) % 2 === 1) return at + 1
  }
  return json.length
}

function skipSpace(json: string, begin: number): number {
  let at = begin
  while (json.charCodeAt(at) <= space) at++
  return at
}

/** From the end of a member or element to the next one, or to the bracket that closes. */
function skipComma(json: string, begin: number): number {
  const at = skipSpace(json, begin)
  return json.charCodeAt(at) === comma ? skipSpace(json, at + 1) : at
}
