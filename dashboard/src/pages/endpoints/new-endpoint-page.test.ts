import assert from 'node:assert/strict'
import { test } from 'node:test'
import Stripe from 'stripe'
import { Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

test('an endpoint is created with the keyboard alone, and what arrives verifies with the secret that was shown', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  const page = await browser.open('/w/acme/endpoints/new')
  const { keyboard } = page
  const step = (title: string) => page.getByRole('group', { name: new RegExp(`^Step \\d of 5: ${title}`) })
  const focused = (name: string) => page.getByLabel(name, { exact: true }).and(page.locator(':focus'))
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 40 && (await focused(name).count()) === 0; presses++) await keyboard.press('Tab')
    assert.equal(await focused(name).count(), 1, name)
  }

  await step('Profile').waitFor()
  await page.getByRole('radio', { name: /^Webhooks/ }).focus()
  await keyboard.press('Enter')
  await step('Target').waitFor()
  await tabTo('URL')
  await keyboard.type(receiver.url('/hook'))
  await tabTo('Description')
  await keyboard.type('CRM sync')
  await keyboard.press('Enter')
  await step('Events').waitFor()
  await tabTo('Event types')
  await keyboard.type('deal.*')
  await keyboard.press('Enter')
  await page.getByText(/^Matches [1-9]\d* of \d+ types in the catalog/).waitFor()
  await tabTo('Tags')
  await keyboard.press('Enter')
  await step('Delivery').waitFor()
  await page.getByText('it is tried 9 more times, the last time 2d after the first', { exact: false }).waitFor()
  await tabTo('Timeout in seconds')
  await keyboard.press('Enter')
  await step('Review').waitFor()
  // Back and forth, and nothing is lost.
  await page.goBack()
  await step('Delivery').waitFor()
  await page.goForward()
  await step('Review').getByText(receiver.url('/hook')).waitFor()
  await page.getByRole('button', { name: 'Create endpoint' }).focus()
  await keyboard.press('Enter')

  await page.getByRole('heading', { name: 'The endpoint is there' }).waitFor()
  const secret = (await page.getByText(/^whsec_/).textContent()) ?? ''
  await page.getByText("import { webhooks } from '@atlas-webhooks/sdk'").waitFor()
  await page.getByRole('tab', { name: 'Go' }).click()
  await page.getByText('webhooks.Handler(os.Getenv("SECRET"), handle)').waitFor()
  await page.getByRole('button', { name: 'Send test' }).click()
  await page.getByText('The endpoint took the test').waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-created-light')
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: { value: 48_000 } } })
  await server.request('POST', `${path}/events`, { body: { type: 'contact.created', data: {} } })
  const requests = await receiver.waitFor(2, '/hook')
  for (const { body, headers } of requests) {
    const signature = headers['atlas-signature'] ?? ''
    assert(Stripe.webhooks.constructEvent(body, signature, secret).id.startsWith('evt_'))
  }
  assert.deepEqual(
    requests.map(({ headers }) => headers['atlas-event']),
    ['atlas.test', 'deal.created'],
  )
})

test('the filter is tried on recent events while it is typed, and a fault of its syntax is pointed at', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const first = await browser.open('/w/acme/endpoints/new?step=events')
  await first.getByLabel('Filter', { exact: true }).fill('type == "deal.created"')
  await first.getByText(/^Passes 1 of \d examples in the catalog$/).waitFor()
  for (const value of [48_000, 9]) {
    await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: { value } } })
  }
  const page = await browser.open('/w/acme/endpoints/new?step=events')
  const filter = page.getByLabel('Filter', { exact: true })
  await filter.fill('deal.value > 10000')
  const verdicts = page.getByRole('region', { name: 'What the filter does with recent events' })
  await verdicts.getByText('Passes 1 of the last 2 events').waitFor()
  const rows = verdicts.getByRole('listitem')
  await rows.filter({ hasText: '{"value":48000}' }).getByText('Matches').waitFor()
  await rows.filter({ hasText: '{"value":9}' }).getByText('No match').waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'filter-light')
  await filter.fill('deal.value > )')
  await page.getByText(/at line 1, column 14/).waitFor()
  assert.equal(await page.locator('pre').textContent(), `deal.value > )\n${' '.repeat(13)}^`)
  await screenshot(page, 'filter-fault-light')
})

test('each fault is at its field and its step, and what was typed stays', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  await server.createWorkspace('acme')
  const page = await browser.open('/w/acme/endpoints/new?step=target')
  const url = page.getByLabel('URL', { exact: true })
  await url.fill('http://10.0.0.1/hook')
  await page.getByRole('button', { name: 'Add a header' }).click()
  await page.getByLabel('Name of header 1').and(page.locator(':focus')).fill('Atlas-Event')
  await page.getByLabel('Value of header 1').fill('mine')
  // Nor is it lost by a click beside the form.
  await page.getByRole('link', { name: 'Dead letters' }).click()
  await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Cancel' }).click()
  const steps = page.getByRole('navigation', { name: 'Steps' })
  await steps.getByRole('button', { name: 'Delivery' }).click()
  await page.getByLabel('Requests at once').fill('many')
  await page.getByLabel('Retry schedule').fill('10s, 5s')
  await steps.getByRole('button', { name: 'Review' }).click()
  await page.getByRole('button', { name: 'Create endpoint' }).click()
  // The API judges the form of what was sent before its meaning.
  await page.getByRole('group', { name: /Delivery$/ }).waitFor()
  const atOnce = page.getByLabel('Requests at once')
  await page.locator('[aria-invalid=true]:focus').waitFor()
  assert.equal(await atOnce.getAttribute('aria-invalid'), 'true')
  assert.equal(await atOnce.inputValue(), 'many')
  await atOnce.fill('5')
  await steps.getByRole('button', { name: 'Review' }).click()
  await page.getByRole('button', { name: 'Create endpoint' }).click()
  await page.getByRole('group', { name: /Target$/ }).waitFor()
  assert.equal(await url.getAttribute('aria-invalid'), 'true')
  assert.equal(await url.inputValue(), 'http://10.0.0.1/hook')
  assert.equal(await page.getByLabel('Value of header 1').inputValue(), 'mine')
  await page.getByRole('alert').filter({ hasText: 'Atlas-Event' }).waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-faults-light')
  await url.fill(receiver.url('/hook'))
  await page.getByLabel('Name of header 1').fill('X-Team')
  await steps.getByRole('button', { name: 'Delivery has a fault' }).click()
  await page.getByText('1 not later than the retry before it').waitFor()
  await page.getByLabel('Retry schedule').fill('10s, 5m')
  await steps.getByRole('button', { name: 'Review' }).click()
  await page.getByRole('button', { name: 'Create endpoint' }).click()
  await page.getByText(/^whsec_/).waitFor()
})

test('every step is accessible in both themes and fits a phone', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.open('/w/acme/endpoints/new', { colorScheme })
    await page.getByRole('radio', { name: /^Loki/ }).check()
    for (const step of ['Profile', 'Target', 'Events', 'Delivery', 'Review']) {
      await page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: step }).click()
      await page.getByRole('group', { name: new RegExp(`${step}$`) }).waitFor()
      await checkAccessibility(page)
      await screenshot(page, `new-endpoint-${step}-${colorScheme}`)
      await page.setViewportSize({ width: 360, height: 740 })
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, step)
      await screenshot(page, `new-endpoint-${step}-phone-${colorScheme}`)
      await page.setViewportSize({ width: 1280, height: 900 })
    }
  }
})
