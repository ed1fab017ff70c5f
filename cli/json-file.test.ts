import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseJson, readJsonObject } from './json-file.ts'
import { UsageError } from './usage-error.ts'

test('of broken JSON the line and the column are told', () => {
  for (const [json, place] of [
    ['{"a": x}', 'f:1:7: '],
    ['{\n  "a": 1,\n  "b" 2\n}', 'f:3:7: '],
    ['{"a": 1,}', 'f:1:9: '],
    ['{"a": "x\ny"}', 'f:1:7: '],
    ['{"a": 1', 'f:1:8: '],
    ['// no\n{}', 'f:1:1: '],
    ['', 'f:1:1: '],
    ['{} {}', 'f:1:4: '],
    ["{'a': 1}", 'f:1:2: '],
    ['{"a": 01}', 'f:1:'],
    ['nul', 'f:1:1: '],
  ] as const) {
    assert.throws(
      () => parseJson(json, 'f'),
      (error) => error instanceof UsageError && error.message.startsWith(place) && /not valid JSON/.test(error.message),
      json,
    )
  }
  assert.deepEqual(parseJson('\ufeff{"a": 1}', 'f'), { a: 1 }, 'editors of Windows put a mark there')
})

test('a file that is missing, a folder, or no object is told by its name', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-json-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'a.json')
  await writeFile(file, '[1]')
  for (const [path, reason] of [
    [file, 'a JSON object is needed'],
    [folder, 'this is a folder'],
    [join(folder, 'b.json'), 'there is no such file'],
  ] as const) {
    await assert.rejects(
      readJsonObject(path),
      (error) => error instanceof UsageError && error.message.startsWith(`${path}: ${reason}`),
    )
  }
})
