import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileTypePatterns } from '../domain/type-pattern.ts'
import { createTestDatabase } from '../testing/database.ts'
import { typeExpression } from './type-expression.ts'

const matching = {
  name: 'types-that-match',
  text: 'select array(select t from unnest($1::text[]) t where t ~ $2) as found',
}

test('property: Postgres finds the types that a pattern matches, and no others', async (t) => {
  const { database } = await createTestDatabase(t)
  const found = async (types: readonly string[], patterns: readonly string[]) => {
    const values = [types, typeExpression(patterns)]
    return (await database.query<{ found: string[] }>(matching, values))[0]?.found
  }
  const name = fc.array(fc.constantFrom('a', 'b', 'a-b', 'a_b', 'ab'), { minLength: 1, maxLength: 4 })
  const types = fc.array(
    name.map((segments) => segments.join('.')),
    { minLength: 20, maxLength: 20 },
  )
  const wild = fc.constantFrom('a', 'b', '*', '**', 'a*', '*b', '{a,b}', 'a{-b,_*}')
  const pattern = fc.array(wild, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('.'))
  await fc.assert(
    fc.asyncProperty(types, fc.array(pattern, { minLength: 1, maxLength: 3 }), async (given, patterns) => {
      const compiled = compileTypePatterns(patterns)
      if (!compiled.ok) return assert.throws(() => typeExpression(patterns), RangeError)
      const wanted = given.filter((type) => compiled.matches(type))
      assert.deepEqual(await found(given, patterns), wanted, String(typeExpression(patterns)))
    }),
    { numRuns: 300 },
  )
  assert.equal(typeExpression([]), null)
})
