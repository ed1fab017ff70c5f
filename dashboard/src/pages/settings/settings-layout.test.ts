import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { eventually } from '../../../../server/testing/eventually.ts'
import { People } from '../../../../server/testing/people.ts'
import { answer, Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

async function start(t: TestContext) {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return null
  const { path } = await server.createWorkspace('acme')
  return { server, browser, path }
}

async function fitsOnPhone(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 740 })
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, page.url())
}

test('settings are changed; a fault is shown at its field, and what was typed stays', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser, path } = started
  const page = await browser.open('/w/acme/settings')
  await page.getByLabel('Name', { exact: true }).fill('Acme <b>GmbH</b> 🦊')
  await page.getByLabel('Strict types').check()
  await page.getByLabel('Addresses').fill('ops@acme.example\nnot an address')
  await page.getByLabel('Kept for, in days').fill('0')
  await page.getByLabel('Types begin with').fill('Not a prefix')
  await page.getByRole('button', { name: 'Save' }).click()
  for (const label of ['Addresses', 'Kept for, in days', 'Types begin with']) {
    const field = page.getByLabel(label)
    await page.waitForFunction((input) => input?.getAttribute('aria-invalid') === 'true', await field.elementHandle())
    const [error = ''] = ((await field.getAttribute('aria-describedby')) ?? '').split(' ').slice(-1)
    assert.notEqual((await page.locator(`[id="${error}"]`).textContent())?.trim(), '', label)
  }
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Acme <b>GmbH</b> 🦊')
  assert.equal(await page.getByLabel('Addresses').inputValue(), 'ops@acme.example\nnot an address')
  await checkAccessibility(page)
  await screenshot(page, 'settings-faults')

  await page.getByLabel('Addresses').fill('ops@acme.example')
  await page.getByLabel('Kept for, in days').fill('730')
  await page.getByLabel('Types begin with').fill('com.acme')
  await page.getByLabel('Slug').fill('acme-gmbh')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').first().waitFor()
  await page.waitForURL('**/w/acme-gmbh/settings')
  const { json } = await server.request('GET', path)
  assert.equal(json.name, 'Acme <b>GmbH</b> 🦊')
  assert.equal(json.strict_types, true)
  assert.deepEqual(json.alert_emails, ['ops@acme.example'])
  assert.equal(json.audit_retention_days, 730)
  assert.equal(json.audit_type_prefix, 'com.acme')
})

test('a key is created, shown once, works, and is refused once it is revoked', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser, path } = started
  const page = await browser.open('/w/acme/settings/keys')
  await page.getByText('There is no key yet').waitFor()
  await page.getByRole('button', { name: 'Create key' }).click()
  const dialog = page.getByRole('dialog', { name: 'Create an API key' })
  await dialog.getByRole('button', { name: 'Create key' }).click()
  await dialog.getByRole('alert').first().waitFor()
  await dialog.getByLabel('Name').fill('CRM <i>production</i>')
  await dialog.getByLabel(/^read/).check()
  await dialog.getByLabel('Expires').fill('2099-01-01T00:00')
  await checkAccessibility(page)
  await screenshot(page, 'settings-key-form')
  await dialog.getByRole('button', { name: 'Create key' }).click()
  const shown = page.getByRole('dialog', { name: 'The key' })
  await shown.waitFor()
  await shown.getByRole('button', { name: 'Copy', exact: true }).click()
  await shown.getByRole('button', { name: 'Copied', exact: true }).waitFor()
  const key = await page.evaluate(() => navigator.clipboard.readText())
  assert.match(key, /^atlas_ws_/)
  await checkAccessibility(page)
  await shown.getByRole('button', { name: 'I have copied it' }).click()
  const table = page.getByRole('table', { name: 'API keys' })
  await table.getByText('CRM <i>production</i>').waitFor()
  await screenshot(page, 'settings-keys')
  assert.equal((await server.request('GET', `${path}/events`, { key })).status, 200)
  const [kept] = (await server.request('GET', `${path}/keys`)).json.data
  assert.deepEqual(kept.scopes, ['publish', 'read'])
  assert.match(kept.expires_at, /^2098-12-31|^2099-01-01/)

  await table.getByRole('button', { name: 'Revoke CRM' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click()
  await page.getByText('There is no key yet').waitFor()
  assert.equal((await server.request('GET', `${path}/events`, { key })).status, 401)
  await fitsOnPhone(page)
})

test('who may only read sees the settings, and nothing to change them with', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser, path } = started
  const page = await browser.open('/w/acme/settings', { key: await server.createKey(path, ['read']) })
  await page.getByLabel('Name', { exact: true }).waitFor()
  assert.equal(await page.getByLabel('Name', { exact: true }).isDisabled(), true)
  assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0)
  assert.equal(await page.getByRole('button', { name: 'Delete workspace' }).count(), 0)
  assert.equal(await page.getByRole('link', { name: 'API keys' }).count(), 0)
  await checkAccessibility(page)
  await fitsOnPhone(page)
})

test('a workspace is deleted by its owner, who has typed its name; an admin is not offered that', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser, path } = started
  const people = new People(server)
  const open = async (role: string) => {
    await people.join(path, `${role}@acme.example`, role)
    const page = await browser.open('/w/acme/settings', { key: null })
    await page.getByLabel('E-mail').fill(`${role}@acme.example`)
    await page.getByLabel('Password').fill(people.password)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Save' }).waitFor()
    return page
  }
  const admins = await open('admin')
  assert.equal(await admins.getByRole('button', { name: 'Delete workspace' }).count(), 0)
  const page = await open('owner')
  await page.getByRole('button', { name: 'Delete workspace' }).click()
  const dialog = page.getByRole('dialog')
  const confirm = dialog.getByRole('button', { name: 'Delete workspace' })
  assert.equal(await confirm.isDisabled(), true)
  await dialog.getByLabel('Type Acme to confirm').fill('Acme')
  await confirm.click()
  await page.waitForURL('**/account')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForLoadState('networkidle')
  assert.equal((await server.request('GET', path)).status, 404)
  const [entry] = (await server.request('GET', '/v1/audit-log?action=workspace.deleted')).json.data
  assert.equal(entry.actor.name, 'owner@acme.example')
})

test('alerts are listed, open to what went wrong, and are filtered by state', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser, path } = started
  const receiver = await Receiver.start(t)
  receiver.on('/gone', answer(410))
  const endpoint = { url: `${receiver.origin}/gone`, description: 'CRM sync' }
  assert.equal((await server.request('POST', `${path}/endpoints`, { body: endpoint })).status, 201)
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  await eventually(async () => {
    const { json } = await server.request('GET', `${path}/alerts`)
    return json.data.length > 0 ? true : null
  })
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.open('/w/acme/settings/alerts', { colorScheme })
    await page.getByText('The endpoint answered 410 Gone and was paused.').click()
    await page.getByText('the endpoint answered 410', { exact: true }).waitFor()
    await checkAccessibility(page)
    await screenshot(page, `settings-alerts-${colorScheme}`)
    await page.getByLabel('State').selectOption('recovered')
    await page.waitForURL('**/alerts?state=recovered')
    await page.getByText('There is no such alert').waitFor()
    await page.getByRole('link', { name: 'Workspace', exact: true }).click()
    await page.getByRole('button', { name: 'Save' }).waitFor()
    await checkAccessibility(page)
    await screenshot(page, `settings-${colorScheme}`)
    await fitsOnPhone(page)
    await screenshot(page, `settings-phone-${colorScheme}`)
  }
})
