import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

test('a test event from the catalog is delivered, and what is wrong with its data is told in place', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook'), description: 'CRM sync' } })
  await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/other'), types: ['other.*'] } })
  await server.request('PATCH', path, { body: { validate_payloads: true } })
  const schema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] }
  const type = { name: 'order-2.paid_up', description: 'Paid.', schema, example: { total: 12 } }
  await server.request('POST', `${path}/event-types`, { body: type })

  const page = await browser.open('/w/acme/event-types')
  await checkAccessibility(page)
  await screenshot(page, 'event-types-light')
  await page.getByRole('link', { name: 'order-2.paid_up' }).click()
  await page.getByRole('link', { name: 'CRM sync' }).waitFor()
  assert.equal(await page.getByText('/other').count(), 0)
  await checkAccessibility(page)
  await screenshot(page, 'event-type-light')

  await page.getByRole('button', { name: 'Publish a test event' }).click()
  const data = page.getByLabel('Data')
  await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('"total": 12'))
  await data.fill('{\n  "total": 1\n  "x": 2\n}')
  await page.getByText(/^Line 3, column 3: Expected/).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Publish', exact: true }).isDisabled(), true)
  await checkAccessibility(page)
  await screenshot(page, 'publish-light')
  await data.fill('{\n  "total": "much"\n}')
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.getByText(/^Line 2: total must be/).waitFor()
  assert.equal(await data.inputValue(), '{\n  "total": "much"\n}')
  await page.getByRole('button', { name: 'Go to the fault' }).click()
  assert.equal(await data.evaluate((area: HTMLTextAreaElement) => area.selectionStart), 13)
  await data.fill('{"total": 7}')
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.waitForURL('**/events/evt_*')
  await page.getByText('Delivered', { exact: true }).waitFor()
  const [request] = await receiver.waitFor(1, '/hook')
  assert.deepEqual(JSON.parse(String(request?.body)).data, { total: 7 })
  await checkAccessibility(page)
  await screenshot(page, 'event-light')
})

test('search and filters stand in the address, and the back button takes them away', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const page = await browser.open('/w/acme/events', { colorScheme: 'dark' })
  await page.getByText('Nothing was published yet').waitFor()
  await page.getByText('/v1/workspaces/acme/events').waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'events-empty-dark')
  for (const body of [
    { type: 'deal.created', data: { text: 'needle' }, tags: ['eu'] },
    { type: 'invoice.sent', data: { text: 'hay' } },
  ]) {
    await server.request('POST', `${path}/events`, { body })
  }
  await page.reload()
  const rows = page.getByRole('table', { name: 'Events' }).locator('[data-row]')
  await rows.nth(1).waitFor()
  await screenshot(page, 'events-dark')
  await page.keyboard.press('/')
  await page.keyboard.type('needle')
  await page.waitForURL('**/events?q=needle')
  await rows.nth(1).waitFor({ state: 'detached' })
  await page.reload()
  await rows.filter({ hasText: 'deal.created' }).waitFor()
  assert.equal(await rows.count(), 1)
  await page.goBack()
  await rows.filter({ hasText: 'invoice.sent' }).waitFor()
  await rows.first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'deal.created' }).waitFor()
  await page.setViewportSize({ width: 360, height: 740 })
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  await screenshot(page, 'event-phone-dark')
})

test('an event is replayed to one endpoint; its data, however odd or long, are only shown', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  receiver.on('/late', answer(200))
  const { path } = await server.createWorkspace('acme')
  const data = {
    script: '<script>globalThis.stolen = 1</script><img src=x onerror="globalThis.stolen = 1">',
    rtl: 'שלום \u202eevil',
    emoji: '👩‍👩‍👧‍👦🚀',
    keys: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key_${index}`, index])),
    long: 'x'.repeat(200_000),
  }
  const deep = `${'['.repeat(60)}"bottom"${']'.repeat(60)}`
  const keys = '"__proto__":{"polluted":true},"constructor":null,"key\u202edne":0'
  // More digits than JavaScript keeps.
  const text = `{"number":12345678901234567890,${keys},"deep":${deep},${JSON.stringify(data).slice(1)}`
  const body = `{"type":"deal.created","data":${text},"tags":["tag\u202edne"]}`
  const { json } = await server.request('POST', `${path}/events`, { body })
  await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/late'), description: 'Late' } })
  const page = await browser.open(`/w/acme/events/${json.id}`)
  await page.getByText('No endpoint wanted this event').waitFor()
  await page.getByText(JSON.stringify(data.emoji)).waitFor()
  await page.getByText('\\u202eevil', { exact: false }).first().waitFor()
  await page.getByText('12345678901234567890', { exact: true }).waitFor()
  await page.getByText('__proto__: ', { exact: true }).waitFor()
  await page.getByText('key\\u202edne: ', { exact: true }).waitFor()
  await page.getByText('tag\\u202edne', { exact: true }).waitFor()
  await page.getByText('900 more', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Copy as curl' }).click()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  assert(copied.includes(text.replaceAll("'", `'\\''`)), 'what is copied is what was published, to the byte')
  await page.getByRole('button', { name: 'Replay' }).click()
  await page.getByLabel('To', { exact: true }).selectOption({ label: 'Late' })
  await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click()
  await receiver.waitFor(1, '/late')
  await page.getByText('Delivered', { exact: true }).waitFor()
  await page.getByRole('tab', { name: 'raw' }).click()
  await page.getByText('"bottom"]]]', { exact: false }).waitFor()
  const shown = await page.evaluate(() => ({
    text: document.body.textContent,
    isStolen: 'stolen' in globalThis,
    isPolluted: 'polluted' in {},
  }))
  assert(!shown.isStolen && !shown.isPolluted)
  assert(!shown.text?.includes('\u202e'), 'nothing on the page turns text around')
  await checkAccessibility(page)
})

test('an event whose retry is far away is looked at seldom, and not at all in a hidden tab', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  receiver.on('/hook', answer(500))
  const { path } = await server.createWorkspace('acme')
  const endpoint = { url: receiver.url('/hook'), retry_schedule_seconds: [40_000] }
  await server.request('POST', `${path}/endpoints`, { body: endpoint })
  const { json } = await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  await receiver.waitFor(1, '/hook')
  const page = await browser.open('about:blank')
  await page.clock.install()
  let looks = 0
  const isLook = (url: string) => url.endsWith(`/events/${json.id}`) && url.includes('/v1/')
  page.on('request', (request) => isLook(request.url()) && looks++)
  await page.goto(`/w/acme/events/${json.id}`)
  await page.getByText('Retrying', { exact: true }).waitFor()
  await page.getByText('next in 11 hr.').waitFor()

  const before = looks
  await page.clock.runFor(20_000)
  assert(looks - before <= 1, `${looks - before} looks in 20 seconds`)
  const look = page.waitForResponse((response) => isLook(response.url()))
  await page.clock.fastForward(31_000)
  await look
  const show = (state: 'hidden' | 'visible') =>
    page.evaluate((wanted) => {
      Object.defineProperty(document, 'visibilityState', { value: wanted, configurable: true })
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    }, state)
  await show('hidden')
  const seen = looks
  await page.clock.fastForward(600_000)
  receiver.on('/hook', answer(200))
  await server.request('POST', `${path}/events/${json.id}/replay`, { body: {} })
  await receiver.waitFor(2, '/hook')
  assert.equal(looks, seen)
  await show('visible')
  await page.getByText('Delivered', { exact: true }).waitFor()
})
