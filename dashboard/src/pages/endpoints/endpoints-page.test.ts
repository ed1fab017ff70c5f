import assert from 'node:assert/strict'
import { test } from 'node:test'
import Stripe from 'stripe'
import { People } from '../../../../server/testing/people.ts'
import { answer, Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

test('an endpoint is created with the keyboard alone, and what arrives verifies with the secret that was shown', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  const page = await browser.open('/w/acme/endpoints')
  await page.getByText('There is no endpoint yet').waitFor()
  await checkAccessibility(page)
  await page.getByRole('link', { name: 'New endpoint' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Where' }).waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-new-where-light')
  await page.getByLabel('URL').focus()
  await page.keyboard.type('nonsense')
  await page.keyboard.press('Tab')
  await page.keyboard.type('CRM sync')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Which events' }).waitFor()
  await page.getByLabel('Event types').focus()
  await page.keyboard.type('deal.*')
  await page.keyboard.press('Enter')
  await page.getByText('deal.*', { exact: true }).waitFor()
  await checkAccessibility(page)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'How' }).waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-new-how-light')
  await page.getByRole('button', { name: 'Next' }).press('Enter')
  await page.getByRole('heading', { name: 'Review' }).waitFor()
  await checkAccessibility(page)
  await page.getByRole('button', { name: 'Create endpoint' }).press('Enter')

  // The fault is shown where it is mended, and nothing that was typed is lost.
  await page.getByRole('heading', { name: 'Where' }).waitFor()
  await page.getByRole('alert').waitFor()
  assert.equal(await page.getByLabel('URL').inputValue(), 'nonsense')
  assert.equal(await page.getByLabel('Description').inputValue(), 'CRM sync')
  await page.getByLabel('URL').fill(receiver.url('/hook'))
  for (const step of ['Which events', 'How', 'Review']) {
    await page.getByRole('button', { name: 'Next' }).press('Enter')
    await page.getByRole('heading', { name: step }).waitFor()
  }
  await page.getByRole('button', { name: 'Create endpoint' }).press('Enter')
  const secret = (await page.getByText(/^whsec_/).textContent()) ?? ''
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-created-light')
  await page.getByRole('tab', { name: 'Python' }).click()
  await page.getByText('webhooks.verify').waitFor()

  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: { value: 1 } } })
  await receiver.waitFor(1, '/hook')
  const [request] = receiver.requests('/hook')
  assert(request)
  const event = Stripe.webhooks.constructEvent(request.body, request.headers['atlas-signature'] ?? '', secret)
  assert.equal(event.type, 'deal.created')
})

test('the test button shows what was answered, as text, with what to do', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  receiver.on('/hook', answer(500, {}, '<script>globalThis.stolen = 1</script>'))
  const { path } = await server.createWorkspace('acme')
  const { id } = (await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook') } })).json
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.open(`/w/acme/endpoints/${id}`, { colorScheme })
    await page.getByRole('button', { name: 'Send a test' }).click()
    await page.getByText('The endpoint answered 500.').waitFor()
    await page.getByText('<script>globalThis.stolen = 1</script>').waitFor()
    assert.equal(await page.evaluate(() => 'stolen' in globalThis), false)
    await checkAccessibility(page)
    await screenshot(page, `endpoint-${colorScheme}`)
  }
})

test('the filter editor says what the newest events come to, and where a fault is', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const publish = (value: number) =>
    server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: { value } } })
  await publish(5)
  await publish(50_000)
  const page = await browser.open('/w/acme/endpoints/new')
  await page.getByRole('button', { name: '2. Which events' }).click()
  const filter = page.getByRole('textbox', { name: 'Filter' })
  await filter.fill('deal.value > 10000')
  const verdicts = page.getByRole('list', { name: /What the filter says/ }).getByRole('listitem')
  await verdicts.nth(0).getByText('Matches').waitFor()
  await verdicts.nth(1).getByText('Does not').waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'endpoint-filter-light')
  await filter.fill('deal.value >')
  await page.getByText(/line 1/).waitFor()
})

test('pausing holds, resuming lets flow, rotating shows a new secret, and viewers may do nothing of it', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  const { id, secret } = (await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook') } }))
    .json
  const page = await browser.open(`/w/acme/endpoints/${id}`)
  const confirm = async (name: string) => {
    await page.getByRole('button', { name, exact: true }).click()
    const dialog = page.getByRole('dialog', { name: new RegExp(`^${name} .*\\?$`) })
    await dialog.getByRole('button', { name, exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  await confirm('Pause')
  await page.getByText('events wait, held').waitFor()
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  assert.equal((await server.request('GET', `${path}/deliveries?state=held`)).json.data.length, 1)
  await confirm('Resume')
  await receiver.waitFor(1, '/hook')

  await page.getByRole('button', { name: 'Rotate secret' }).click()
  await page
    .getByRole('dialog', { name: /new secret/ })
    .getByRole('button', { name: 'Rotate' })
    .click()
  const shown = (await page.getByText(/^whsec_/).textContent()) ?? ''
  assert.notEqual(shown, secret)

  await page.getByLabel('Description').fill('Changed')
  await page.getByLabel('Timeout, in seconds').fill('many')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').first().waitFor()
  assert.equal(await page.getByLabel('Description').inputValue(), 'Changed')
  await page.getByLabel('Timeout, in seconds').fill('5')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  const changed = (await server.request('GET', `${path}/endpoints/${id}`)).json
  assert.deepEqual([changed.description, changed.timeout_seconds], ['Changed', 5])

  const people = new People(server)
  await people.join(path, 'vera@acme.example', 'viewer')
  const hers = await browser.open(`/w/acme/endpoints/${id}`, { key: null })
  await hers.getByLabel('E-mail').fill('vera@acme.example')
  await hers.getByLabel('Password').fill(people.password)
  await hers.keyboard.press('Enter')
  await hers.getByRole('heading', { name: 'Changed' }).waitFor()
  for (const name of ['Pause', 'Save', 'Rotate secret', 'Send a test', 'Redeliver']) {
    assert.equal(await hers.getByRole('button', { name }).count(), 0, name)
  }
  assert.equal(await hers.getByLabel('URL').isDisabled(), true)
})
