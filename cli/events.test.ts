import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../server/testing/eventually.ts'
import { Receiver } from '../server/testing/receiver.ts'
import { startTestServer } from '../server/testing/server.ts'
import { CliUser } from './testing/run-cli.ts'

test('events are listed by what they are, shown with their deliveries, and sent again', async (t) => {
  const [server, receiver] = await Promise.all([startTestServer(t), Receiver.start(t)])
  const { path } = await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  const publish = async (type: string, data: object, tags: string[] = []): Promise<string> =>
    (await server.request('POST', `${path}/events`, { body: { type, data, tags } })).json.id
  const endpoint = (await user.json('endpoints', 'create', receiver.url('/hook'), '--types', 'deal.*')).id
  const deal = await publish('deal.created', { id: 'deal_01', note: 'two\nlines\u001b[31m' }, ['eu'])
  const contact = await publish('contact.created', { id: 'contact_01' })

  const ids = async (...args: string[]): Promise<string[]> =>
    (await user.json('events', 'list', ...args)).map(({ id }: { id: string }) => id)
  assert.deepEqual(await ids(), [contact, deal])
  assert.deepEqual(await ids('--type', 'deal.created'), [deal])
  assert.deepEqual(await ids('--tag', 'eu'), [deal])
  assert.deepEqual(await ids('-q', 'contact_01'), [contact])
  assert.deepEqual(await ids('--until', '1h'), [])
  assert.deepEqual(await ids('--since', '1h', '--limit', '1'), [contact])
  const table = await user.text('events', 'list')
  assert.match(table, /^ID +TYPE +TAGS +RECEIVED\nevt_\w+ +contact\.created +- +\d{4}-.*\nevt_\w+ +deal\.created +eu /)
  const none = await user.run(['events', 'list', '--type', 'task.created'])
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'There are no such events.\n'])

  await receiver.waitFor(1, '/hook')
  await eventually(async () =>
    (await user.json('events', 'show', deal)).deliveries[0].state === 'delivered' ? true : null,
  )
  const shown = await user.text('events', 'show', deal)
  assert.match(
    shown,
    /^ID +evt_\w+\nType +deal\.created\nCreated .*\nReceived .*\nTags +eu\n\n\{\n {2}"id": "deal_01",\n/,
  )
  assert.match(shown, /"two\\nlines\\u001b\[31m"/)
  assert.match(shown, /\ndlv_\w+ +deal\.created +delivered +1 +- /)
  assert.match(await user.text('events', 'show', contact), /\nNo endpoint wanted it\.\n$/)

  const [again] = await user.json('events', 'resend', deal)
  assert.equal(again.event, deal)
  assert.equal((await receiver.waitFor(2, '/hook')).at(1)?.headers['atlas-attempt'], '2')
  assert.match(
    await user.text('events', 'resend', contact, '--endpoint', endpoint),
    /\ndlv_\w+ +contact\.created +\w+ /,
  )
  assert.equal((await receiver.waitFor(3, '/hook')).at(2)?.headers['atlas-event'], 'contact.created')

  assert.deepEqual(await user.failure('events', 'show', 'evt_01h455vb4pex5vsknk084sn02q'), [
    1,
    'error: there is no event with this id in this workspace',
  ])
  assert.equal((await user.failure('events', 'list', '--type', 'Not A Type'))[0], 1)
  assert.deepEqual(await user.failure('events', 'list', '--since', 'yesterday'), [
    2,
    "error: option '--since <time>' argument 'yesterday' is invalid. It takes a time such as 2h (ago), 7d, or 2026-01-31T12:00:00Z.",
  ])
})
