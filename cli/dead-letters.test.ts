import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '../server/testing/eventually.ts'
import { answer, Receiver } from '../server/testing/receiver.ts'
import { startTestServer } from '../server/testing/server.ts'
import { CliProcess } from './testing/cli-process.ts'
import { CliUser } from './testing/run-cli.ts'

/** A workspace with an endpoint that gives everything up at once, and as many dead letters. */
async function deadLetters(t: TestContext, count: number) {
  const [server, receiver] = await Promise.all([startTestServer(t), Receiver.start(t)])
  const { path } = await server.createWorkspace('acme')
  const user = new CliUser(server.url, { workspace: 'acme' })
  receiver.on('/hook', answer(500))
  const settings = ['--set', 'retry_schedule_seconds=[]', '--set', 'max_in_flight=50']
  const endpoint = (await user.json('endpoints', 'create', receiver.url('/hook'), ...settings)).id as string
  const events = Array.from({ length: count }, (_, n) => ({ type: 'deal.created', data: { n } }))
  await server.request('POST', `${path}/events/batch`, { body: { events } })
  await eventually(async () => {
    const found = await server.request('GET', `${path}/deliveries?state=dead_letter&limit=200`)
    return found.json.data.length === count ? true : null
  })
  receiver.on('/hook', answer(200))
  // It pauses itself, now or in a moment, but no more once something has succeeded.
  const probe = (await server.request('POST', `${path}/events`, { body: { type: 'task.created', data: {} } })).json.id
  await eventually(async () => {
    await server.request('POST', `${path}/endpoints/${endpoint}/resume`)
    const { json } = await server.request('GET', `${path}/deliveries?event=${probe}`)
    return json.data[0].state === 'delivered' ? true : null
  })
  await server.request('POST', `${path}/endpoints/${endpoint}/resume`)
  return { server, receiver, path, user, endpoint }
}

test('dead letters are listed, and replayed by a job to its end', async (t) => {
  const { user, endpoint, receiver } = await deadLetters(t, 3)
  assert.match(
    await user.text('dead-letters', 'list'),
    /^ID +TYPE +ATTEMPTS +REASON +ERROR +STATUS +DEAD SINCE +ENDPOINT\ndlv_\w+ +deal\.created +1 +retries_exhausted +status +500 +\d{4}-.*ep_\w+\n/,
  )
  assert.match(
    await user.text('dead-letters', 'groups', '--type', 'deal.*'),
    /^COUNT +ERROR +STATUS +FIRST +LAST +ENDPOINT\n +3 +status +500 +\d{4}-.*ep_\w+\n$/,
  )
  assert.deepEqual(await user.json('dead-letters', 'groups', '--type', 'contact.*'), [])
  assert.deepEqual(await user.json('dead-letters', 'list', '--error', 'timeout'), [])
  assert.equal((await user.failure('dead-letters', 'list', '--error', 'bad'))[0], 2)
  assert.equal((await user.failure('dead-letters', 'replay', '--status', '5'))[0], 2)
  const listed = await user.json('dead-letters', 'list', '--endpoint', endpoint, '--since', '1h')
  assert.equal(listed.length, 3)

  const some = await user.json('dead-letters', 'replay', listed[0].id)
  assert.deepEqual([some.kind, some.state, some.done, some.total], ['replay_dead_letters', 'done', 1, 1])
  await receiver.waitFor(5, '/hook')
  const ofGroup = ['--endpoint', endpoint, '--type', 'deal.*', '--error', 'status', '--status', '500']
  const rest = await user.run(['dead-letters', 'replay', ...ofGroup])
  assert.equal(rest.code, 0, rest.stderr)
  assert.match(rest.stdout, /^job_\w+ {2}done {2}2 begun anew\n$/)
  assert.equal(rest.stderr, '', 'no progress where nobody looks')
  await receiver.waitFor(7, '/hook')
  const none = await user.run(['dead-letters', 'list'])
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'There are no dead letters.\n'])

  const [code, message] = await user.failure('dead-letters', 'replay', '--since', '2100-01-01')
  assert.deepEqual([code, message], [1, 'error: since: must be in the past'])
})

test('on a terminal a job shows its progress, and whoever leaves it does not end it', async (t) => {
  const { server, path } = await deadLetters(t, 40)
  const place = { server: server.url, workspace: 'acme' }
  const replay = () => CliProcess.start(t, place, ['dead-letters', 'replay'], { terminal: true })
  const newest = async () => (await server.request('GET', `${path}/jobs`)).json.data[0]

  // The job cannot go on while somebody else has the deliveries.
  const [locked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const lock = server.database.transaction(async (transaction) => {
    await transaction.execute({ name: 'hold', text: 'lock table deliveries in access exclusive mode' })
    locked.resolve()
    await released.promise
  })
  await locked.promise
  const left = await replay()
  await left.says(/still counting/)
  left.type('\u0003')
  await left.says(/The job job_\w+ goes on without us\./)
  assert.equal(await left.exited, 130)
  assert.equal((await newest()).state, 'running')
  released.resolve()
  await lock
  const job = await eventually(async () => {
    const found = await newest()
    return found.state === 'done' ? found : null
  })
  assert.equal(job.done, 40)

  const stayed = await replay()
  await stayed.says(/█{30} 100 % {2}0 of 0\s+job_\w+ {2}done {2}0 begun anew/)
  assert.equal(await stayed.exited, 0)
})
