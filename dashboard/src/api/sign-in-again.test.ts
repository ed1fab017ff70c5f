import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onExpiredSession, signInAgain } from './sign-in-again.ts'

test('all who wait are asked once, and go on when they have signed in, or when nobody asks them any more', async () => {
  assert.equal(signInAgain(), null)
  const answers: (() => void)[] = []
  const ask = () => new Promise<void>((resolve) => answers.push(resolve))
  const forget = onExpiredSession(ask)
  const [one, other] = [signInAgain(), signInAgain()]
  assert.equal(answers.length, 1)
  answers[0]?.()
  await Promise.all([one, other])

  const waiting = [signInAgain(), signInAgain()]
  assert.equal(answers.length, 2)
  forget()
  await Promise.all(waiting)
  assert.equal(signInAgain(), null)

  onExpiredSession(ask)
  void signInAgain()
  assert.equal(answers.length, 3, 'who comes next is asked anew')
})
