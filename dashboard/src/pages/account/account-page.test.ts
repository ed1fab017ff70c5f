import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestOpenIdProvider } from '../../../../server/testing/open-id-provider.ts'
import { People } from '../../../../server/testing/people.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { totp } from '../../../../server/testing/totp.ts'
import { animationsEnd, checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

test('a second factor is set up with the key that is shown, and asked for from then on', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const people = new People(server)
  await people.join(path, 'ada@acme.example', 'member')
  const page = await browser.open('/account', { key: null })
  await page.getByLabel('E-mail').fill('ada@acme.example')
  await page.getByLabel('Password').fill(people.password)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/account')
  await page.getByLabel('Password, to be sure it is you').fill(people.password)
  await page.getByRole('button', { name: 'Set it up' }).click()
  await page.getByRole('img', { name: 'QR code of the key' }).waitFor()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    // Colours that are on their way from one theme to the other have the contrast of neither.
    await animationsEnd(page)
    await checkAccessibility(page)
    await screenshot(page, `account-${colorScheme}`)
  }
  const key = (await page.getByText(/^[A-Z2-7]{32,}$/).textContent()) ?? ''
  const code = page.getByLabel('Code of the app')
  await code.fill('000000')
  await page.getByRole('button', { name: 'Turn it on' }).click()
  await page.getByRole('alert').waitFor()
  assert.equal(await code.inputValue(), '000000')
  await code.fill(totp(key))
  await page.getByRole('button', { name: 'Turn it on' }).click()
  await page.getByText('On: signing in asks').waitFor()
  const name = page.getByLabel('Name', { exact: true })
  await name.fill('Ada <b>Lovelace</b>')
  await page.getByRole('button', { name: 'Change name' }).click()
  await page.getByText('The name was changed.').waitFor()
  await page.getByRole('button', { name: 'Account of Ada <b>Lovelace</b>' }).waitFor()

  const again = await browser.open('/w/acme', { key: null })
  await again.getByLabel('E-mail').fill('ada@acme.example')
  await again.getByLabel('Password').fill(people.password)
  await again.keyboard.press('Enter')
  const asked = again.getByLabel('Code of your authenticator app')
  await asked.waitFor()
  await checkAccessibility(again)
  await screenshot(again, 'second-factor-light')
  await asked.fill(totp(key))
  await again.keyboard.press('Enter')
  await again.waitForURL('**/w/acme')
})

test('the button of the provider signs in and leads back; a refusal is told', async (t) => {
  const provider = await TestOpenIdProvider.start(t)
  const server = await startTestServer(t, provider.env)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const page = await browser.open('/account', { key: null })
  const port = await provider.stop()
  await page.getByRole('button', { name: 'Continue with Acme ID' }).click()
  await page.getByText('The provider cannot be reached at the moment').waitFor()
  await provider.listen(port)
  const { user } = provider
  provider.user = null
  await page.getByRole('button', { name: 'Continue with Acme ID' }).click()
  await page.getByText('refused or broken off at the provider').waitFor()
  await page.goto('/sign-in?error=call_0800_evil')
  await page.getByText('The provider did not confirm who you are').waitFor()
  assert.equal(await page.getByText('evil').count(), 0)
  provider.user = user
  await page.goto('/account')
  await page.getByRole('button', { name: 'Continue with Acme ID' }).click()
  await page.waitForURL('**/account')
  await page.getByText('ada@acme.example').waitFor()
  await page.getByText('You sign in with your identity provider').waitFor()
  assert.equal(await page.getByLabel('Current password').count(), 0)
})
