import assert from 'node:assert/strict'
import { test } from 'node:test'
import { People } from '../../../../server/testing/people.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

test('the printed link signs in once, and what it leads to is the dashboard', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const { url } = (await server.request('POST', '/v1/sign-in-links')).json
  const page = await browser.open(url, { key: null })
  await page.waitForURL('**/w/acme')
  assert.equal(page.url().includes('token'), false)
  await page.getByRole('button', { name: 'Account of Operator' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in')
  await page.goto(url)
  await page.getByText('This link was used').waitFor()
  await checkAccessibility(page)
})

test('somebody is invited in the browser, makes an account, and sees what their role allows', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const page = await browser.open('/w/acme/settings/members')
  await page.getByLabel('E-mail').fill('ada@acme.example')
  await page.getByLabel('Role').selectOption('viewer')
  await page.getByRole('button', { name: 'Invite' }).click()
  const link = await page.getByText(/#token=/).textContent()
  await checkAccessibility(page)
  await screenshot(page, 'members-light')

  for (const colorScheme of ['light', 'dark'] as const) {
    const theirs = await browser.open(link ?? '', { key: null, colorScheme })
    await theirs.getByRole('heading', { name: 'Join Acme' }).waitFor()
    await checkAccessibility(theirs)
    await screenshot(theirs, `invitation-${colorScheme}`)
  }
  const ada = await browser.open(link ?? '', { key: null })
  await ada.getByLabel('Your name').fill('Ada')
  await ada.getByLabel('Password').fill('too-short')
  await ada.getByRole('button', { name: 'Make an account' }).click()
  assert.equal(await ada.getByLabel('Your name').inputValue(), 'Ada')
  await ada.getByLabel('Password').fill('correct horse battery')
  await ada.getByRole('button', { name: 'Make an account' }).click()
  await ada.waitForURL('**/w/acme')
  await ada.goto('/w/acme/settings/members')
  await ada.getByText('ada@acme.example').waitFor()
  assert.equal(await ada.getByRole('button', { name: 'Invite' }).count(), 0)
  await ada.goto('/w/acme/settings')
  assert.equal(await ada.getByLabel('Name').isDisabled(), true)
  await ada.goto('/operator')
  await ada.getByText('There is nothing here').waitFor()
})

test('a wrong password is told, what was typed stays, and the way leads to where one wanted', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const people = new People(server)
  await people.join(path, 'ada@acme.example', 'member')
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.open('/w/acme/events?type=deal.created', { key: null, colorScheme })
    await page.getByLabel('E-mail').fill('ada@acme.example')
    await page.getByLabel('Password').fill('wrong password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    assert.equal(await page.getByLabel('E-mail').inputValue(), 'ada@acme.example')
    await checkAccessibility(page)
    await screenshot(page, `sign-in-${colorScheme}`)
    await page.getByLabel('Password').fill(people.password)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/w/acme/events?type=deal.created')
  }
  const elsewhere = await browser.open('/sign-in?next=//evil.example', { key: null })
  await elsewhere.getByLabel('E-mail').fill('ada@acme.example')
  await elsewhere.getByLabel('Password').fill(people.password)
  await elsewhere.keyboard.press('Enter')
  await elsewhere.waitForURL('**/w/acme')
})

test('when the session ends, a dialog asks to sign in, the form keeps what was typed, and saving goes on', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const people = new People(server)
  await people.join(path, 'ada@acme.example', 'admin')
  const page = await browser.open('/w/acme/settings', { key: null })
  await page.getByLabel('E-mail').fill('ada@acme.example')
  await page.getByLabel('Password').fill(people.password)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/w/acme/settings')
  await page.getByLabel('Name').fill('Acme Corporation')
  await server.database.execute({ name: 'end-sessions', text: 'delete from sign_in.session' })
  await page.getByRole('button', { name: 'Save' }).click()
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
  await dialog.waitFor()
  await checkAccessibility(page)
  assert.equal(await dialog.getByLabel('E-mail').inputValue(), 'ada@acme.example')
  await dialog.getByLabel('Password').fill(people.password)
  await page.keyboard.press('Enter')
  await page.getByText('Saved.').waitFor()
  assert.equal((await server.request('GET', path)).json.name, 'Acme Corporation')
})
