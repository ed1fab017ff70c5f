import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

const nasty = {
  script: '<script>globalThis.stolen = 1</script><img src=x onerror="globalThis.stolen = 1">',
  rtl: 'שלום \u202eevil',
  emoji: '👩‍👩‍👧‍👦🚀',
}

test('a failing endpoint: its attempts say why, and a replay is delivered once it is mended', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  receiver.on('/hook', answer(404, {}, '<script>globalThis.stolen = 1</script>'))
  const endpoint = { url: receiver.url('/hook'), description: 'CRM sync', retry_schedule_seconds: [86_400] }
  await server.request('POST', `${path}/endpoints`, { body: endpoint })
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: nasty } })
  await receiver.waitFor(1, '/hook')

  const page = await browser.open('/w/acme/deliveries')
  const row = page.getByRole('row').filter({ hasText: 'deal.created' })
  await row.getByText('CRM sync').waitFor()
  await row.getByText('Retrying').or(row.getByText('Delivering')).waitFor()
  await row.getByText('404').waitFor()
  await screenshot(page, 'deliveries-light')
  await checkAccessibility(page)
  // With the keyboard alone.
  await row.focus()
  await page.keyboard.press('Enter')
  await page.getByText('The endpoint answered 404.').waitFor()
  await page.getByText('There is nothing at this path of the receiver.', { exact: false }).waitFor()
  await page.getByText('Atlas-Signature').waitFor()
  await page
    .getByRole('listitem')
    .filter({ hasText: /^First byte/ })
    .waitFor()
  await page.getByText('<script>globalThis.stolen = 1</script>', { exact: true }).waitFor()
  await page.getByText(JSON.stringify(nasty.emoji)).waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'delivery-light')

  await page.getByRole('button', { name: 'Copy as curl' }).click()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  assert.match(copied, /^curl -sS -i -X POST 'http:/)
  receiver.on('/hook', answer(200))
  await page.getByRole('button', { name: 'Replay' }).click()
  await page.getByText('Delivered', { exact: true }).waitFor()
  await page.getByText('Attempt 2').waitFor()
  assert.equal(await page.evaluate(() => 'stolen' in globalThis), false)
})

test('filters stand in the address, and the live log shows what comes', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook') } })
  const publish = (type: string) =>
    server.request('POST', `${path}/events`, { body: { type, data: { text: 'x'.repeat(200_000) } } })
  const page = await browser.open('/w/acme/deliveries', { colorScheme: 'dark' })
  await page.getByText('Nothing was delivered yet').waitFor()
  await screenshot(page, 'deliveries-empty-dark')
  await page.getByLabel('Live').check()
  await publish('deal.created')
  await page.getByRole('row').filter({ hasText: 'deal.created' }).waitFor()
  await publish('contact.created')
  await page.getByRole('row').filter({ hasText: 'contact.created' }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('contact.*')
  await page.waitForURL(/type=contact\.\*/)
  await page.getByRole('row').filter({ hasText: 'deal.created' }).waitFor({ state: 'detached' })
  const shared = await browser.open(new URL(page.url()).pathname + new URL(page.url()).search, {
    viewport: { width: 360, height: 740 },
  })
  await shared.getByRole('row').filter({ hasText: 'contact.created' }).waitFor()
  assert.equal(await shared.getByRole('row').filter({ hasText: 'deal.created' }).count(), 0)
  assert.equal(await shared.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  await screenshot(shared, 'deliveries-phone')
  await checkAccessibility(shared)
  await shared.getByRole('button', { name: 'State All' }).click()
  await shared.getByRole('menuitemcheckbox', { name: 'Canceled' }).click()
  await shared.getByText('No delivery passes these filters').waitFor()
  await shared.getByRole('menuitemcheckbox', { name: 'Delivered' }).click()
  await shared.waitForURL(/state=delivered%2Ccanceled/)
  await shared.getByRole('row').filter({ hasText: 'contact.created' }).waitFor()
  await checkAccessibility(shared)
  await screenshot(shared, 'deliveries-phone-states')
  await shared.keyboard.press('Escape')
  await shared.getByRole('button', { name: 'State Delivered, Canceled' }).waitFor()
})
