import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endAfter } from './teardown.ts'

test('what began last ends first, and one that fails keeps nothing running', async (t) => {
  const ended: string[] = []
  const hooks: (() => Promise<void>)[] = []
  const context = Object.assign(Object.create(t), { after: (hook: () => Promise<void>) => hooks.push(hook) })
  endAfter(context, async () => void ended.push('database'))
  endAfter(context, async () => {
    ended.push('server')
    throw new Error('it does not stop')
  })
  endAfter(context, async () => void ended.push('browser'))
  const [hook, ...more] = hooks
  assert(hook && more.length === 0)
  await assert.rejects(hook(), /it does not stop/)
  assert.deepEqual(ended, ['browser', 'server', 'database'])
})
