import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createTestDatabase } from '../testing/database.ts'
import { newId, Seed } from '../testing/seed.ts'
import { insertInvitation, listInvitations } from './invitation.ts'
import {
  nextPeopleMailDue,
  peopleMailFailed,
  peopleMailSent,
  queuePeopleMail,
  releasePeopleMail,
  takePeopleMails,
} from './people-mail.ts'

const begin = Date.parse('2026-06-01T00:00:00Z')
const at = (seconds: number) => new Date(begin + seconds * 1_000)

async function open(t: TestContext) {
  const { database } = await createTestDatabase(t)
  const { workspaceId } = await Seed.plant(database)
  const email = 'ada@acme.example'
  return {
    database,
    /** Each time in place of the invitation before. */
    async invite() {
      const id = newId()
      const invitation = { id, workspaceId, email, role: 'member', invitedBy: 'Bob' } as const
      const times = { createdAt: at(0), expiresAt: at(3_600) }
      await insertInvitation(database, { ...invitation, ...times }, hash('sha256', id, 'buffer'), 10)
      const mail = { id: newId(), invitationId: id, address: email, sealed: Buffer.from(id) }
      await queuePeopleMail(database, { ...mail, queuedAt: at(0), uselessAt: at(3_600) })
      return id
    },
    async take(seconds: number) {
      return await takePeopleMails(database, at(seconds), at(seconds + 60), 5)
    },
    async mail() {
      const [invitation] = await listInvitations(database, workspaceId, 10)
      return invitation?.mail
    },
  }
}

test('of several nodes one takes a mail, and others may a minute later if nothing was heard of it', async (t) => {
  const { database, invite, take, mail } = await open(t)
  await invite()
  const taken = await Promise.all([take(0), take(0), take(0)])
  assert.deepEqual(taken.map((mails) => mails.length).toSorted(), [0, 0, 1])
  const [first] = taken.flat()
  const [second] = await take(60)
  assert(first && second && second.id === first.id)
  // The one before comes back after all: what it says is out of date.
  await peopleMailFailed(database, first, { at: at(61), error: 'gone', nextTry: null })
  await releasePeopleMail(database, first, at(61))
  assert.deepEqual(await nextPeopleMailDue(database), at(120))
  await releasePeopleMail(database, second, at(62))
  const [third] = await take(62)
  assert.equal(third?.tries, 2)
  assert.equal((await mail())?.state, 'waiting')
  await peopleMailSent(database, third, at(63))
  assert.deepEqual(
    [await mail(), await nextPeopleMailDue(database)],
    [{ state: 'sent', sentAt: at(63), error: null }, null],
  )
})

test('a mail that is on its way when the invitation is sent again says nothing about the new one', async (t) => {
  const { database, invite, take, mail } = await open(t)
  await invite()
  const [old] = await take(0)
  assert(old)
  const id = await invite()
  await peopleMailSent(database, old, at(1))
  assert.deepEqual(await mail(), { state: 'waiting', sentAt: null, error: null })
  const [fresh, ...none] = await take(2)
  assert.deepEqual([fresh?.invitationId, none], [id, []])
  assert(fresh)
  await peopleMailFailed(database, old, { at: at(3), error: 'old', nextTry: null })
  await peopleMailFailed(database, fresh, { at: at(3), error: 'busy', nextTry: at(9) })
  assert.deepEqual(await mail(), { state: 'waiting', sentAt: null, error: 'busy' })
  assert.deepEqual(await nextPeopleMailDue(database), at(9))
  const [again] = await take(9)
  assert(again)
  await peopleMailFailed(database, again, { at: at(10), error: 'no such user', nextTry: null })
  assert.deepEqual(await mail(), { state: 'failed', sentAt: null, error: 'no such user' })
})
