import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summarizeProfile } from './profile.ts'

function node(id: number, functionName: string, url: string, children: number[] = []) {
  return { id, callFrame: { functionName, url, lineNumber: 9 }, children }
}

const profile = {
  nodes: [
    node(1, '(root)', '', [2, 5, 6, 7]),
    node(2, 'attempt', 'file:///x/server/pipeline/deliver.ts', [3, 4]),
    node(3, 'createHmac', 'node:crypto'),
    node(4, 'dispatch', 'file:///x/node_modules/undici/lib/dispatcher/client.js'),
    node(5, '(idle)', ''),
    node(6, 'onStreamRead', 'node:internal/stream_base_commons'),
    node(7, '(garbage collector)', ''),
  ],
  startTime: 1000,
  samples: [2, 3, 4, 5, 6, 7, 3],
  timeDeltas: [100, 10, 20, 30, 40, 50, 1000],
}

test('time goes to the innermost room or library of the stack, within the window, per event', () => {
  const window = { label: 'x', pid: 1, from: 1105, until: 2000, events: 10 }
  const { groups, functions } = summarizeProfile(profile, window)
  assert.deepEqual(Object.fromEntries(groups), {
    deliver: 1,
    undici: 2,
    idle: 3,
    'Node.js: sockets': 4,
    'garbage collector': 5,
  })
  assert.deepEqual(functions.at(-1), ['createHmac node:crypto:10', 1])
})
