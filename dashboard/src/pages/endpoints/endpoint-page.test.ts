import assert from 'node:assert/strict'
import { test } from 'node:test'
import Stripe from 'stripe'
import { answer, Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

const script = '<script>globalThis.stolen = 1</script><img src=x onerror="globalThis.stolen = 1">'

test('a test shows the answer as text, whatever it is', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  receiver.on('/hook', answer(500, { 'x-why': 'broken' }, script))
  const { path } = await server.createWorkspace('acme')
  const { json } = await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook') } })
  const page = await browser.open(`/w/acme/endpoints/${json.id}`)
  await page.getByLabel('Event type', { exact: true }).fill('deal.created')
  await page.getByRole('button', { name: 'Send test' }).click()
  await page.getByText('The endpoint answered 500.').waitFor()
  await page.getByText('x-why: broken', { exact: false }).waitFor()
  await page.getByText(script, { exact: true }).waitFor()
  assert.equal(receiver.requests('/hook')[0]?.headers['atlas-event'], 'deal.created')
  assert.equal(await page.evaluate(() => 'stolen' in globalThis), false)
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-test-light')
})

test('pausing holds, resuming lets flow, disabling and deleting say what becomes of what waits', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  const body = { url: receiver.url('/hook'), description: 'CRM sync' }
  const { json } = await server.request('POST', `${path}/endpoints`, { body })
  const page = await browser.open(`/w/acme/endpoints/${json.id}`, { colorScheme: 'dark' })
  const act = async (action: string, told: RegExp) => {
    await page.getByRole('button', { name: action, exact: true }).click()
    const dialog = page.getByRole('dialog', { name: `${action} CRM sync?` })
    await dialog.getByText(told).waitFor()
    await dialog.getByRole('button', { name: `${action} endpoint` }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  await act('Pause', /are delivered when it is resumed/)
  await page.getByText('Paused (paused by hand).').waitFor()
  await page.getByRole('button', { name: 'Resume', exact: true }).and(page.locator(':focus')).waitFor()
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  const deliveries = page.getByRole('list', { name: 'Recent deliveries' })
  await deliveries.getByText('Held').waitFor()
  assert.equal(receiver.requests('/hook').length, 0)
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-paused-dark')
  await act('Resume', /is delivered now/)
  await receiver.waitFor(1, '/hook')
  await deliveries.getByText('Delivered').waitFor()
  await act('Disable', /it will have missed them/)
  await page.getByText(/^Disabled \(disabled by hand\)/).waitFor()
  await act('Enable', /queued for it again/)
  await act('Delete', /are canceled and will never be sent/)
  await page.waitForURL('**/w/acme/endpoints')
  await page.getByRole('heading', { name: 'No endpoint yet' }).waitFor()
  await checkAccessibility(page)
})

test('an action that fails says why and what to do until it is dismissed, and can be tried again', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  for (const [list, stream, profile] of [
    ['endpoints', 'events', 'atlas'],
    ['destinations', 'audit', 'ndjson'],
  ]) {
    const body = { url: receiver.url('/hook'), stream, profile, description: 'CRM sync' }
    const { json } = await server.request('POST', `${path}/endpoints`, { body })
    const page = await browser.open(`/w/acme/${list}/${json.id}`, { expected: /ERR_/ })
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Pause CRM sync?' })
    await page.context().setOffline(true)
    await dialog.getByRole('button', { name: /^Pause/ }).click()
    await dialog
      .getByRole('alert')
      .getByText('The server does not answer. Is it running, and are you online?')
      .waitFor()
    await checkAccessibility(page)
    await screenshot(page, `endpoint-action-failed-${stream}`)
    await page.context().setOffline(false)
    await dialog.getByRole('button', { name: /^Pause/ }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('Paused', { exact: true }).waitFor()
    // What is gone meanwhile is not shown as if it were there.
    await server.request('DELETE', `${path}/endpoints/${json.id}`)
    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Resume/ })
      .click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
  }
})

test('rotation: the new secret is shown once, both sign, and the old one can be ended at once', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  const { json } = await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook') } })
  const page = await browser.open(`/w/acme/endpoints/${json.id}`)
  await page.getByRole('button', { name: 'Rotate', exact: true }).click()
  await page.getByRole('button', { name: 'Rotate secret' }).click()
  const secret = (await page.getByText(/^whsec_/).textContent()) ?? ''
  await page.getByText('until the old one ends', { exact: false }).waitFor()
  const send = async (): Promise<(secret: string) => boolean> => {
    const before = receiver.requests('/hook').length
    await page.getByRole('button', { name: 'Send test' }).click()
    const request = (await receiver.waitFor(before + 1, '/hook')).at(-1)
    assert(request)
    return (each) => {
      try {
        Stripe.webhooks.constructEvent(request.body, request.headers['atlas-signature'] ?? '', each)
        return true
      } catch (error) {
        if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false
        throw error
      }
    }
  }
  const both = await send()
  assert.deepEqual([both(secret), both(json.secret)], [true, true])
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-rotated-light')
  await page.getByRole('button', { name: 'End old secrets' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'End old secrets' }).click()
  await page.getByText('the new one alone signs', { exact: false }).waitFor()
  const alone = await send()
  assert.deepEqual([alone(secret), alone(json.secret)], [true, false])
  await page.reload()
  await page.getByRole('heading', { name: 'Secret' }).waitFor()
  assert.equal(await page.getByText(/^whsec_/).count(), 0)
})

test('settings: a fault is at its field and what was typed stays; only what changed is sent', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  const body = { url: receiver.url('/in?token=s3cret-token-of-the-endpoint'), headers: { 'X-Team': 'crm-and-more' } }
  const { json } = await server.request('POST', `${path}/endpoints`, { body })
  const page = await browser.open(`/w/acme/endpoints/${json.id}`)
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByLabel('Filter', { exact: true }).fill('deal.value >')
  await page.getByLabel('Requests a second').fill('5')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('[aria-invalid=true]').waitFor()
  // What was typed is lost with the page only, and not before one was asked.
  const leave = page.getByRole('dialog', { name: 'Leave without saving?' })
  await page.getByRole('link', { name: 'Skip to the page' }).focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/#main$/)
  assert.equal(await leave.count(), 0)
  await page.getByRole('link', { name: 'Dead letters' }).click()
  await leave.getByRole('button', { name: 'Cancel' }).click()
  const filter = page.getByLabel('Filter', { exact: true })
  assert.equal(await filter.getAttribute('aria-invalid'), 'true')
  assert.equal(await filter.inputValue(), 'deal.value >')
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-settings-light')
  await filter.fill('deal.value > 1')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('at most 5 requests a second').waitFor()
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: { value: 2 } } })
  const [request] = await receiver.waitFor(1)
  assert.equal(request?.path, '/in?token=s3cret-token-of-the-endpoint')
  assert.equal(request?.headers['x-team'], 'crm-and-more')
  await page.getByRole('button', { name: 'Edit' }).click()
  await filter.fill('deal.value > 2')
  // The browser asks by itself before it closes the page.
  const asked = page.waitForEvent('dialog')
  await page.close({ runBeforeUnload: true })
  const dialog = await asked
  assert.equal(dialog.type(), 'beforeunload')
  await dialog.dismiss()
  await page.getByRole('link', { name: 'Dead letters' }).click()
  await leave.getByRole('button', { name: 'Leave' }).click()
  await page.waitForURL('**/dead-letters')
})

test('redelivery: a job that sends again what was given up, with its progress', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  receiver.on('/hook', answer(503))
  const { path } = await server.createWorkspace('acme')
  const body = { url: receiver.url('/hook'), retry_schedule_seconds: [] }
  const { json } = await server.request('POST', `${path}/endpoints`, { body })
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  const page = await browser.open(`/w/acme/endpoints/${json.id}`)
  await page.getByText('Dead letter', { exact: true }).first().waitFor()
  await page.getByText('Mend the receiver', { exact: false }).waitFor()
  await screenshot(page, 'endpoint-trouble-light')
  receiver.on('/hook', answer(200))
  await page.getByRole('button', { name: 'Resume', exact: true }).click()
  await page.getByRole('button', { name: 'Resume endpoint' }).click()
  await page.getByLabel('From').fill('2026-01-01T00:00:00')
  await page.getByRole('button', { name: 'Redeliver' }).click()
  await page.getByText('Done: 1 of 1 begun anew').waitFor()
  await receiver.waitFor(2, '/hook')
  await page.getByRole('list', { name: 'Recent deliveries' }).getByText('Delivered').waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-redelivered-light')
})

test('whoever may only read sees everything and is offered nothing', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  const key = await server.createKey(path, ['read'])
  const { json } = await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook') } })
  const page = await browser.open('/w/acme/endpoints', { key })
  await page
    .getByRole('row')
    .filter({ hasText: receiver.url('/hook').replace('http://', '') })
    .waitFor()
  assert.equal(await page.getByRole('link', { name: 'New endpoint' }).count(), 0)
  await page.goto(`/w/acme/endpoints/${json.id}`)
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await page.getByText('it is tried 9 more times', { exact: false }).waitFor()
  for (const name of ['Edit', 'Pause', 'Disable', 'Delete', 'Rotate', 'Send test', 'Redeliver']) {
    assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name)
  }
  await checkAccessibility(page)
  await page.goto('/w/acme/endpoints/new')
  await page.getByText('You may look at endpoints, not create them').waitFor()
})
