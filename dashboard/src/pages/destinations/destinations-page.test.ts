import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { collect } from '../../../../server/testing/collector.ts'
import { splunkCollector } from '../../../../server/testing/collectors/splunk.ts'
import { eventually } from '../../../../server/testing/eventually.ts'
import { answer, Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'
import { presets } from './presets.ts'

async function start(t: TestContext) {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return null
  const { path } = await server.createWorkspace('acme')
  const receiver = await Receiver.start(t)
  return { server, browser, path, receiver }
}

async function fitsOnPhone(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 740 })
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, page.url())
}

test('what happens in the workspace arrives at a Splunk that was added by its preset', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser, path, receiver } = started
  const splunk = splunkCollector()
  receiver.on('/services/collector/event', collect(splunk))
  const page = await browser.open('/w/acme/destinations')
  await page.getByText('The audit log goes nowhere yet').waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'destinations-empty')
  await page.getByRole('link', { name: 'Add destination' }).click()
  await page.getByRole('link', { name: 'Splunk Enterprise' }).waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'destinations-presets')
  await page.getByRole('link', { name: 'Splunk Enterprise' }).click()

  // A fault is at its field, and what was typed stays.
  await page.getByLabel('URL').fill('not a url')
  await page.getByLabel('Authorization: token').fill(splunk.token.replace('Splunk ', ''))
  await page.getByLabel('Index').fill('main')
  const filter = page.getByLabel('Filter', { exact: true })
  await filter.fill('action.category == "webhook" ||')
  await page.getByRole('button', { name: 'Create destination' }).click()
  await page.locator('[aria-invalid=true]:focus').waitFor()
  assert.equal(await page.getByLabel('URL').getAttribute('aria-invalid'), 'true')
  assert.equal(await filter.getAttribute('aria-invalid'), 'true')
  assert.equal(await page.getByLabel('Index').inputValue(), 'main')
  await checkAccessibility(page)
  await screenshot(page, 'destinations-faults')
  await page.getByLabel('URL').fill(receiver.url('/services/collector/event'))
  await filter.fill('action.category == "workspace" || action.category == "api_key"')
  const verdicts = page.getByRole('region', { name: 'What the filter does with recent entries' })
  await verdicts.getByText('Passes 1 of the last 1 entries').waitFor()
  await verdicts.getByRole('listitem').filter({ hasText: 'pro.atmos.workspace.created' }).getByText('Matches').waitFor()
  await page.getByLabel('Seconds', { exact: true }).fill('1')
  await page.getByRole('button', { name: 'Create destination' }).click()
  await page.getByRole('heading', { name: 'The destination is there' }).waitFor()
  await page.getByText(/^whsec_/).waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'destinations-secret')
  await page.getByRole('link', { name: 'Done' }).click()
  await page.waitForURL('**/destinations/ep_*')

  await page.getByRole('button', { name: 'Send test' }).click()
  await page.getByText('The destination took the test').waitFor()
  await page.getByText('{"text":"Success","code":0}').waitFor()
  await server.createKey(path, ['read'])
  const entry = (await server.request('GET', `${path}/audit-log?action=api_key.created`)).json.data[0].id
  await eventually(() => (splunk.taken.includes(entry) ? true : null))
  await checkAccessibility(page)
  await screenshot(page, 'destination-light')
})

test('a destination is paused, resumed, changed, redelivered, disabled and deleted', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser, path, receiver } = started
  receiver.on('/bad', answer(500, {}, '<script>alert(1)</script> لا 🎉'))
  const body = {
    ...{ url: receiver.url('/lines'), stream: 'audit', profile: 'ndjson', description: '<b>Lines</b> سطور 🦊' },
    ...{ headers: { 'X-Token': 'a-token-of-some-length' }, batch: { window_seconds: 1 } },
  }
  const { json: made, text } = await server.request('POST', `${path}/endpoints`, { body })
  const [arrived] = await receiver.waitFor(1, '/lines')
  assert(arrived, text)
  const status = async () => (await server.request('GET', `${path}/endpoints/${made.id}`)).json
  await eventually(async () => ((await status()).last_delivery === null ? null : true))

  const page = await browser.open('/w/acme/destinations', { colorScheme: 'dark' })
  await page
    .getByRole('row', { name: /<b>Lines<\/b>/ })
    .getByText('Delivered')
    .waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'destinations-dark')
  await page.getByRole('row', { name: /<b>Lines<\/b>/ }).click()
  await page.getByRole('heading', { name: '<b>Lines</b> سطور 🦊' }).waitFor()
  const dialog = page.getByRole('dialog')
  const choose = async (name: string) => {
    await page.getByRole('button', { name, exact: true }).click()
    await dialog.getByRole('button', { name: `${name} destination` }).click()
  }
  await choose('Pause')
  await page.getByText('Paused', { exact: true }).waitFor()
  assert.equal((await status()).status, 'paused')
  await choose('Resume')
  await page.getByText('Active', { exact: true }).waitFor()

  // What is missing is said at its field.
  await page.getByLabel('Dead letters').uncheck()
  await page.getByRole('button', { name: 'Redeliver' }).click()
  await page.getByText('Say from when.').waitFor()
  await page.getByRole('group', { name: 'Which' }).getByRole('alert').waitFor()
  assert.equal(await page.getByLabel('From').getAttribute('aria-invalid'), 'true')
  await page.getByLabel('From').fill('2020-01-01T00:00:00')
  await page.getByLabel('Delivered').check()
  await checkAccessibility(page)
  await screenshot(page, 'destination-redeliver')
  const before = receiver.requests('/lines').length
  await page.getByRole('button', { name: 'Redeliver' }).click()
  await page.getByText(/^Done: \d+ of \d+ begun anew$/).waitFor()
  await receiver.waitFor(before + 1, '/lines')

  await page.getByRole('button', { name: 'Edit' }).click()
  assert.notEqual(await page.getByLabel('Value of header 1').inputValue(), body.headers['X-Token'])
  await page.getByLabel('URL', { exact: true }).fill(receiver.url('/bad'))
  await page.getByLabel('Types', { exact: true }).first().fill('*.*.webhook.*')
  await checkAccessibility(page)
  await screenshot(page, 'destination-edit-dark')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved. Deliveries that wait are sent with these settings.').first().waitFor()
  const changed = await status()
  assert.deepEqual([changed.url, changed.types], [receiver.url('/bad'), ['*.*.webhook.*']])
  assert.deepEqual(Object.keys(changed.headers), ['X-Token'])

  await page.getByRole('button', { name: 'Send test' }).click()
  await page.getByText('The test failed').waitFor()
  await page.getByText('<script>alert(1)</script> لا 🎉').waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'destination-dark')
  await fitsOnPhone(page)
  await screenshot(page, 'destination-phone')

  await choose('Disable')
  await page.getByText('Disabled', { exact: true }).first().waitFor()
  assert.equal((await status()).status, 'disabled')
  await choose('Delete')
  await page.getByText('The audit log goes nowhere yet').waitFor()
})

test('every preset makes a destination that the API accepts', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser, path, receiver } = started
  const page = await browser.open('/w/acme/destinations')
  for (const preset of presets) {
    await page.goto(`/w/acme/destinations/new?preset=${preset.id}`)
    await page.getByRole('heading', { name: `Add ${preset.name}` }).waitFor()
    // The path is what the guide says, the host that of a receiver that is there.
    const { pathname } = new URL(preset.url.replace(/<[^>]+>/g, 'x1') || 'https://x1/hook')
    await page.getByLabel('URL', { exact: true }).fill(receiver.url(pathname))
    for (const { name } of preset.headers) await page.getByLabel(new RegExp(`^${name}`)).fill('user:söcret'.slice(0, 6))
    await page.getByRole('button', { name: 'Create destination' }).click()
    await page.getByRole('link', { name: 'Done' }).click()
    await page.waitForURL('**/destinations/ep_*')
    const id = new URL(page.url()).pathname.split('/').at(-1)
    const { json } = await server.request('GET', `${path}/endpoints/${id}`)
    assert.deepEqual([json.stream, json.profile, json.description], ['audit', preset.profile, preset.name])
    assert.deepEqual(json.options, preset.options)
    assert.deepEqual(
      Object.keys(json.headers),
      preset.headers.map(({ name }) => name),
    )
  }
  await page.goto('/w/acme/destinations/new?preset=vector-http-server-source')
  await page.getByLabel('URL', { exact: true }).fill('https://')
  await page.getByRole('link', { name: 'Choose another' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
  await page.getByRole('link', { name: 'Vector, http_server source' }).click()
  await page.getByText('type: http_server').waitFor()
  await checkAccessibility(page)
  await fitsOnPhone(page)
  await screenshot(page, 'destinations-vector-phone')
})

test('user and password go out as Basic; who may only read can change nothing', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser, path, receiver } = started
  const page = await browser.open('/w/acme/destinations/new?preset=opensearch')
  await page.getByLabel('URL').fill(receiver.url('/audit/_bulk'))
  await page.getByLabel('Authorization: user:password').fill('atlas:pässword')
  await page.getByRole('button', { name: 'Create destination' }).click()
  await page.getByRole('heading', { name: 'The destination is there' }).waitFor()
  await page.getByRole('button', { name: 'Send test' }).click()
  const [request] = await receiver.waitFor(1, '/audit/_bulk')
  assert.equal(request?.headers.authorization, `Basic ${Buffer.from('atlas:pässword').toString('base64')}`)

  const reader = await browser.open('/w/acme/destinations', { key: await server.createKey(path, ['read']) })
  await reader.getByRole('row', { name: /OpenSearch/ }).click()
  await reader.getByRole('heading', { name: 'Settings' }).waitFor()
  for (const name of ['Send test', 'Edit', 'Pause', 'Disable', 'Delete', 'Rotate', 'Redeliver']) {
    assert.equal(await reader.getByRole('button', { name, exact: true }).count(), 0, name)
  }
  // A link that knows the id alone leads to it too.
  await reader.goto(reader.url().replace('/destinations/', '/endpoints/'))
  await reader.waitForURL('**/destinations/ep_*')
  await reader.getByRole('link', { name: 'Destinations' }).click()
  await reader.getByRole('row', { name: /OpenSearch/ }).waitFor()
  assert.equal(await reader.getByRole('link', { name: 'Add destination' }).count(), 0)
  await reader.goto('/w/acme/destinations/new?preset=opensearch')
  await reader.getByText('You may look at destinations, not create them').waitFor()
})
