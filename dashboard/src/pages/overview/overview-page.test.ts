import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { recountWorkspaces } from '../../../../server/testing/counters.ts'
import { eventually } from '../../../../server/testing/eventually.ts'
import { answer, Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

async function open(t: TestContext) {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return null
  const { path } = await server.createWorkspace('acme')
  const receiver = await Receiver.start(t)
  receiver.on('/bad', answer(500))
  const endpoint = async (body: object): Promise<string> => {
    const { status, json, text } = await server.request('POST', `${path}/endpoints`, { body })
    assert.equal(status, 201, text)
    return json.id
  }
  const publish = async (type: string) => {
    assert.equal((await server.request('POST', `${path}/events`, { body: { type, data: {} } })).status, 202)
  }
  return { server, browser, path, receiver, endpoint, publish }
}

const figure = (page: Page, name: string) =>
  page.locator('dl > div').filter({ hasText: name }).locator('dd > span').first()

test('a new workspace shows the next step until it is done', async (t) => {
  const opened = await open(t)
  if (!opened) return
  const { browser, receiver, endpoint, publish } = opened
  const page = await browser.open('/w/acme')
  await page.getByRole('heading', { name: 'Create the first endpoint' }).waitFor()
  await page.getByText('/v1/workspaces/acme/endpoints').waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'overview-new')
  await endpoint({ url: receiver.url('/good') })
  await page.getByRole('heading', { name: 'Publish the first event' }).waitFor()
  await publish('deal.created')
  await page.getByRole('figure', { name: 'Deliveries' }).waitFor()
})

test('real deliveries show as figures, charts and failing endpoints, live, in both themes and on a phone', async (t) => {
  const opened = await open(t)
  if (!opened) return
  const { server, browser, path, receiver, endpoint, publish } = opened
  await endpoint({ url: receiver.url('/good'), types: ['deal.*'] })
  const bad = await endpoint({
    ...{ url: receiver.url('/bad'), types: ['deal.lost'], description: 'CRM <b>sync</b>' },
    retry_schedule_seconds: [1],
  })
  for (let count = 0; count < 8; count++) await publish('deal.created')
  await publish('deal.lost')
  await eventually(async () => {
    const { json } = await server.request('GET', `${path}/stats`)
    return json.attempts.succeeded === 9 && json.deliveries.dead_lettered === 1 ? true : null
  })
  // As if a part of it had happened in the time before.
  await server.database.execute({
    name: 'plant-samples',
    text: `
insert into endpoint_samples (endpoint_id, at, succeeded, failed, delivered, dead_lettered, durations)
select endpoint_id, date_trunc('minute', now()) - n * interval '1 minute', succeeded * (60 - n) / 60, failed * (60 - n) / 60,
  delivered * (60 - n) / 60, 0, durations * (60 - n) / 60 - mod(durations * (60 - n), 60) / 60
from endpoint_health cross join generate_series(2, 59) n on conflict do nothing`,
  })
  await recountWorkspaces(server.database)
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.open('/w/acme?span=hour', { colorScheme })
    await page.getByRole('figure', { name: 'Deliveries' }).locator('canvas').waitFor({ state: 'attached' })
    assert.equal(await figure(page, 'Delivered').textContent(), '9')
    assert.equal(await figure(page, 'Dead letters').textContent(), '1')
    assert.equal(await figure(page, 'Success rate').textContent(), '81.82 %')
    const row = page.getByRole('row').filter({ hasText: 'CRM <b>sync</b>' })
    assert.equal(await row.getByRole('link').getAttribute('href'), `/w/acme/endpoints/${bad}`)
    await checkAccessibility(page)
    await screenshot(page, `overview-${colorScheme}`)
    const attempts = page.getByRole('figure', { name: 'Attempts', exact: true })
    await attempts.getByText('Table').click()
    const cells = await attempts.getByRole('row').allTextContents()
    assert.match(cells[0] ?? '', /From\s*Succeeded\s*Failed/)
    assert(cells.length > 55, `${cells.length} rows`)
    await checkAccessibility(page)
    await page.setViewportSize({ width: 360, height: 740 })
    await screenshot(page, `overview-phone-${colorScheme}`)
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  }

  const page = await browser.open('/w/acme')
  await page.getByRole('link', { name: 'Hour' }).click()
  await page.waitForURL('**/w/acme?span=hour')
  await page.getByRole('figure', { name: 'Deliveries' }).waitFor()
  const canvas = await page.locator('figure canvas').first().elementHandle()
  await publish('deal.created')
  await figure(page, 'Delivered').filter({ hasText: '10' }).waitFor()
  assert.equal(await canvas?.evaluate((node) => node.isConnected), true, 'the chart is the same, with new figures')
})
