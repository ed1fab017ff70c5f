import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../../server/testing/eventually.ts'
import { TestMailServer } from '../../../../server/testing/mail-server.ts'
import { People } from '../../../../server/testing/people.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { animationsEnd, checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

test('the printed link signs in once, and what it leads to is the dashboard', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const { url } = (await server.request('POST', '/v1/sign-in-links')).json
  const page = await browser.open('about:blank', { key: null })
  const refused: string[] = []
  page.on('response', (response) => response.status() >= 400 && refused.push(response.url()))
  await page.goto(url)
  await page.waitForURL('**/w/acme')
  assert.deepEqual(refused, [], 'who signs in is not asked who they are before')
  assert.equal(page.url().includes('token'), false)
  const password = 'the password of who runs it'
  await page.goto('/account')
  await page.getByText('a link has signed you in').waitFor()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await animationsEnd(page)
    await checkAccessibility(page)
    await screenshot(page, `account-operator-${colorScheme}`)
  }
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Set a password' }).click()
  await page.getByLabel('Current password').waitFor()
  const account = page.getByRole('button', { name: 'Account of Operator' })
  assert.equal(await account.getAttribute('aria-haspopup'), 'menu')
  assert.equal(await account.getAttribute('aria-expanded'), 'false')
  for (const ends of ['Escape', 'Enter']) {
    await account.focus()
    await page.keyboard.press('Enter')
    await page.locator('[role=menu]:focus, [role=menu] :focus').waitFor()
    await page.keyboard.press('ArrowUp')
    await page.getByRole('menuitem', { name: 'Sign out' }).and(page.locator(':focus')).waitFor()
    await page.keyboard.press(ends)
    if (ends === 'Escape') await account.and(page.locator(':focus')).waitFor()
  }
  await page.waitForURL('**/sign-in')
  await page.goto(url)
  await page.getByText('This link was used').waitFor()
  await checkAccessibility(page)
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill('operator@atlas.localhost')
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/w/acme')
})

test('somebody is invited in the browser, makes an account, and sees what their role allows', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const people = new People(server)
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

  await people.addSecondFactor((await people.signIn('ada@acme.example')).person)
  await page.reload()
  await page.getByRole('button', { name: 'Password link' }).click()
  await page.getByRole('checkbox', { name: /Remove the second factor/ }).check()
  await checkAccessibility(page)
  await screenshot(page, 'members-password-link-asked')
  await page.getByRole('dialog').getByRole('button', { name: 'Make a link' }).click()
  const dialog = page.getByRole('dialog', { name: 'The link' })
  const passwordLink = await dialog.getByText(/#token=/).textContent()
  await checkAccessibility(page)
  await screenshot(page, 'members-password-link')
  await ada.goto(passwordLink ?? '')
  await ada.getByLabel('New password').fill('another correct horse')
  await ada.getByRole('button', { name: 'Set the password' }).click()
  await ada.getByRole('heading', { name: 'Your password is set' }).waitFor()
  const back = await people.signIn('ada@acme.example', 'another correct horse')
  assert.deepEqual([back.status, back.json.twoFactorRedirect], [200, undefined])
})

test('an invitation and a forgotten password go by mail, and what is asked for twice is sent twice', async (t) => {
  const mailServer = await TestMailServer.start(t)
  const env = { ATLAS_SMTP_URL: mailServer.url, ATLAS_MAIL_FROM: 'people@atlas.example' }
  const server = await startTestServer(t, env)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const page = await browser.open('/w/acme/settings/members')
  await page.getByLabel('E-mail').fill('ada@acme.example')
  await page.getByRole('button', { name: 'Invite' }).click()
  await page.getByText('A mail with this link goes to ada@acme.example').waitFor()
  // One that still waits would be replaced.
  await mailServer.waitFor(1)
  await page.getByRole('button', { name: 'Send again' }).click()
  const linkOf = (text = '') => /https?:\S+#token=\S+/.exec(text)?.[0] ?? ''
  const [, again] = await mailServer.waitFor(2)
  const link = linkOf(again?.mail.text)
  await page.getByText(link).waitFor()
  await eventually(async () => {
    await page.reload()
    await page.getByRole('button', { name: 'Send again' }).waitFor()
    return (await page.getByText('Mailed', { exact: false }).count()) > 0 ? true : null
  })
  await checkAccessibility(page)
  await screenshot(page, 'members-mailed-light')
  await page.setViewportSize({ width: 360, height: 740 })
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  await screenshot(page, 'members-mailed-phone')

  const ada = await browser.open(link, { key: null })
  await ada.getByLabel('Your name').fill('Ada')
  await ada.getByLabel('Password').fill('correct horse battery')
  await ada.getByRole('button', { name: 'Make an account' }).click()
  await ada.waitForURL('**/w/acme')

  for (const colorScheme of ['light', 'dark'] as const) {
    const forgetful = await browser.open('/sign-in', { key: null, colorScheme })
    await forgetful.getByRole('link', { name: 'Forgot your password?' }).click()
    // The page before has a field of the same name.
    await forgetful.getByRole('button', { name: 'Send the link' }).waitFor()
    await forgetful.getByLabel('E-mail').fill('ada@acme.example')
    await screenshot(forgetful, `forgotten-password-${colorScheme}`)
    await forgetful.getByRole('button', { name: 'Send the link' }).click()
    await forgetful.getByText('If there is an account for ada@acme.example').waitFor()
    await checkAccessibility(forgetful)
    const mails = await mailServer.waitFor(colorScheme === 'light' ? 3 : 4)
    await forgetful.goto(linkOf(mails.at(-1)?.mail.text))
    await forgetful.getByLabel('New password').fill(`new password, ${colorScheme}`)
    assert.equal(forgetful.url().includes('token'), false)
    await checkAccessibility(forgetful)
    await screenshot(forgetful, `new-password-${colorScheme}`)
    await forgetful.getByRole('button', { name: 'Set the password' }).click()
    await forgetful.getByRole('link', { name: 'Sign in' }).click()
    await forgetful.getByLabel('E-mail').fill('ada@acme.example')
    await forgetful.getByLabel('Password').fill(`new password, ${colorScheme}`)
    await forgetful.keyboard.press('Enter')
    await forgetful.waitForURL('**/w/acme')
  }
  await ada.reload()
  await ada.waitForURL('**/sign-in?next=*')
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
