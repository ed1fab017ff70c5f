import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

test('the list says how each endpoint does; search and filters stand in the address', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  receiver.on('/down', answer(410))
  const { path } = await server.createWorkspace('acme')
  const create = async (at: string, more: object) => {
    const body = { url: receiver.url(at), ...more }
    const { json, status } = await server.request('POST', `${path}/endpoints`, { body })
    assert.equal(status, 201)
    return json.id
  }
  await create('/crm', { description: 'CRM sync' })
  await create('/down', { description: 'Old billing' })
  await server.request('POST', `${path}/endpoints/${await create('/later', {})}/pause`, { body: {} })
  await create('/siem', { stream: 'audit', description: 'Audit trail' })
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  const page = await browser.open('/w/acme/endpoints')
  const rows = page.getByRole('table', { name: 'Endpoints' }).locator('tbody tr')
  await rows.filter({ hasText: 'CRM sync' }).getByText('Delivered').waitFor()
  await rows.filter({ hasText: 'Old billing' }).getByText('Gone', { exact: true }).waitFor()
  await rows.filter({ hasText: '/later' }).getByText('paused by hand').waitFor()
  // Endpoints of the audit stream are destinations, on a page of their own.
  assert.equal(await rows.count(), 3)
  await page
    .getByRole('img', { name: /^Attempts of the last day/ })
    .first()
    .waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'endpoints-light')

  await page.keyboard.press('/')
  await page.keyboard.type('billing')
  await page.waitForURL(/q=billing/)
  await rows.filter({ hasText: 'CRM sync' }).waitFor({ state: 'detached' })
  await page.getByLabel('In trouble').check()
  await page.waitForURL(/trouble=/)
  const shared = await browser.open(new URL(page.url()).pathname + new URL(page.url()).search, {
    viewport: { width: 360, height: 740 },
    colorScheme: 'dark',
  })
  await shared.getByRole('row').filter({ hasText: 'Old billing' }).waitFor()
  assert.equal(await shared.locator('tbody tr').count(), 1)
  assert.equal(await shared.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  await checkAccessibility(shared)
  await screenshot(shared, 'endpoints-phone-dark')
  await shared.getByLabel('Status').selectOption('disabled')
  await shared.getByText('No endpoint passes these filters').waitFor()
  await page.getByRole('row').filter({ hasText: 'Old billing' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('answered 410, that it is gone for good', { exact: false }).waitFor()
  await page.setViewportSize({ width: 360, height: 740 })
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-phone-light')
})
