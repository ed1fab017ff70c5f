import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../../../server/testing/server.ts'
import { checkAccessibility, plainHost, screenshot, TestBrowser } from '../../testing/browser.ts'

test('every page of the side bar opens in both themes, on a phone too, without serious accessibility faults', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.open('/', { colorScheme })
    await page.waitForURL('**/w/acme')
    const links = page.getByRole('navigation', { name: 'Pages' }).locator('li a')
    await links.first().waitFor()
    const names = await links.allTextContents()
    assert(names.length >= 9)
    for (const name of names) {
      await links.filter({ hasText: name }).first().click()
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await checkAccessibility(page)
      await screenshot(page, `${name}-${colorScheme}`)
    }
    await page.setViewportSize({ width: 360, height: 740 })
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('link', { name: 'Events' }).click()
    await page.waitForURL('**/events')
    const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
    assert.equal(isTooWide, false)
  }
})

test('the palette goes to pages and to ids with the keyboard alone', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const page = await browser.open('/w/acme')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  const palette = page.getByRole('combobox', { name: /paste an id/ })
  await page.keyboard.press('Control+k')
  await palette.fill('dead')
  await checkAccessibility(page)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/dead-letters')
  await page.keyboard.press('Control+k')
  await palette.fill('dlv_01h455vb4pex5vsknk084sn02q')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/deliveries/dlv_01h455vb4pex5vsknk084sn02q')
})

test('pointing at a link asks for what its page shows', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const page = await browser.open('/w/acme')
  const link = page.getByRole('link', { name: 'Deliveries' })
  const answer = page.waitForResponse('**/deliveries?limit=100')
  await link.hover()
  await answer
  assert.equal(new URL(page.url()).pathname, '/w/acme')
  await link.click()
  await page.getByText('Nothing was delivered yet').waitFor()
})

test('while the server takes long the page is there without its data, and then with them', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const page = await browser.open('about:blank')
  const answers = Promise.withResolvers<void>()
  await page.route('**/deliveries?*', async (route) => {
    await answers.promise
    await route.continue()
  })
  await page.goto('/w/acme/deliveries')
  await page.getByText('Loading Deliveries').waitFor({ state: 'attached' })
  answers.resolve()
  await page.getByText('Nothing was delivered yet').waitFor()
})

test('what is loaded later is there when the server has other files by then', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const page = await browser.open('about:blank')
  const menu = page.waitForResponse(/assets\/choices-menu-/)
  const palette = page.waitForResponse(/assets\/palette-/)
  await page.goto('/w/acme/deliveries')
  await Promise.all([menu, palette])
  await page.waitForLoadState('networkidle')
  await page.route('**/assets/**', (route) => route.abort())
  await page.getByRole('button', { name: 'State All' }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Canceled' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: /paste an id/ }).waitFor()
})

test('who goes back before the first page is drawn gets there', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const page = await browser.open('/w/acme')
  await page.getByRole('link', { name: 'Deliveries' }).click()
  await page.getByRole('heading', { name: 'Deliveries', exact: true }).waitFor()
  const asked = Promise.withResolvers<void>()
  const back = Promise.withResolvers<void>()
  await page.route('**/v1/me', async (route) => {
    asked.resolve()
    await back.promise
    await route.continue()
  })
  await page.reload({ waitUntil: 'commit' })
  await asked.promise
  await page.evaluate(() => {
    const gone = new Promise((resolve) => addEventListener('popstate', resolve, { once: true }))
    history.back()
    return gone
  })
  back.resolve()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
})

test('over plain http, from another machine, everything that browsers keep from such pages has a way around', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const { id } = (await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })).json
  const plain = new URL(`/w/acme/events/${id}`, server.url)
  plain.hostname = plainHost
  const page = await browser.open(plain.href, { expected: /Cross-Origin-Opener-Policy header has been ignored/ })
  await page.getByRole('button', { name: id }).first().click()
  await page.getByText('Copied').first().waitFor()
  assert.equal(await page.evaluate(() => isSecureContext || 'randomUUID' in crypto), false)
  await page.goto(new URL('/w/acme/events', plain).href)
  await page.getByRole('button', { name: 'Publish a test event' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Type').fill('deal.created')
  await dialog.getByRole('button', { name: 'Publish' }).click()
  await page.waitForURL(/events\/evt_/)
  await page.goto(new URL('/w/acme/audit-log', plain).href)
  await page.getByText(/compute hashes on https only/).waitFor()
})

test('the page is served with a strict policy, its assets compressed and for ever, and nothing else is', async (t) => {
  const server = await startTestServer(t)
  const page = await server.request('GET', '/w/acme/events', { key: null, headers: { accept: 'text/html' } })
  assert.equal(page.status, 200)
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'/)
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(page.text) ?? []
  const asset = await server.request('GET', script, { key: null, headers: { 'accept-encoding': 'br' } })
  assert.equal(asset.status, 200)
  assert.equal(asset.headers.get('content-encoding'), 'br')
  assert.match(asset.headers.get('cache-control') ?? '', /max-age=31536000, immutable/)
  for (const path of [
    '/assets/none.js',

    '/assets/..%2f..%2fpackage.json',
    '/v1/none',
    '/none',
  ]) {
    const accept = path === '/none' ? 'application/json' : 'text/html'
    const { status, json } = await server.request('GET', path, { key: null, headers: { accept } })
    assert.deepEqual([status, json?.code], [404, 'not_found'], path)
  }
})
