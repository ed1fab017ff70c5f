import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../server/testing/eventually.ts'
import { answer, Receiver } from '../server/testing/receiver.ts'
import { startTestServer } from '../server/testing/server.ts'
import { CliUser } from './testing/run-cli.ts'

test('deliveries are listed by what they are, shown with what was sent and answered, and replayed', async (t) => {
  const [server, receiver] = await Promise.all([startTestServer(t), Receiver.start(t)])
  await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  receiver.on('/bad', answer(500, { 'x-why': 'no reason' }, 'sorry'))
  const bad = (await user.json('endpoints', 'create', receiver.url('/bad'), '--set', 'retry_schedule_seconds=[3600]'))
    .id
  const event = (await user.json('webhooks', 'trigger', 'deal.created')).id
  const retrying = await eventually(
    async () => (await user.json('deliveries', 'list', '--state', 'retrying'))[0] ?? null,
  )
  assert.deepEqual([retrying.event, retrying.endpoint, retrying.attempt_count], [event, bad, 1])

  for (const filter of [
    ['--endpoint', bad],
    ['--event', event],
    ['--type', 'deal.*'],
    ['--state', 'delivered,retrying'],
    ['--since', '1h'],
  ]) {
    assert.equal((await user.json('deliveries', 'list', ...filter)).length, 1, filter.join(' '))
  }
  assert.deepEqual(await user.json('deliveries', 'list', '--state', 'delivered'), [])
  const table = await user.text('deliveries', 'list')
  assert.match(
    table,
    /^ID +TYPE +STATE +ATTEMPTS +NEXT ATTEMPT +CREATED +ENDPOINT\ndlv_\w+ +deal\.created +retrying +1 +\d{4}-/,
  )

  const shown = await user.text('deliveries', 'show', retrying.id)
  assert.match(shown, /^State +retrying\nNext attempt +\d{4}-/m)
  assert.match(shown, /^ +1 +\d{4}-\S+ \S+ +500 +\d+ ms +retry +status: /m)
  assert.match(
    shown,
    /^Attempt 1\nPOST http:\S+\/bad\n[\s\S]*^Atlas-Signature: t=[\s\S]*\n\n\{"id":"evt_[\s\S]*\n\n500\n[\s\S]*x-why: no reason\n[\s\S]*\n\nsorry\n$/m,
  )
  assert.equal((await user.json('deliveries', 'show', retrying.id)).attempts[0].response.body, 'sorry')

  receiver.on('/bad', answer(204))
  assert.match(await user.text('deliveries', 'replay', retrying.id), /\ndlv_\w+ +deal\.created /)
  await receiver.waitFor(2, '/bad')
  const delivered = await eventually(async () => {
    const delivery = await user.json('deliveries', 'show', retrying.id)
    return delivery.state === 'delivered' ? delivery : null
  })
  assert.equal(delivered.attempts.length, 2)
  assert.equal((await user.json('deliveries', 'replay', retrying.id)).id, retrying.id)

  assert.deepEqual(await user.failure('deliveries', 'replay', 'dlv_01h455vb4pex5vsknk084sn02q'), [
    1,
    'error: there is no delivery with this id in this workspace',
  ])
  assert.equal((await user.failure('deliveries', 'list', '--state', 'delivered,lost'))[0], 2)
})
