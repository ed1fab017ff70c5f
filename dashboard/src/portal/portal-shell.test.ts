import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import Stripe from 'stripe'
import { Receiver } from '../../../server/testing/receiver.ts'
import { startTestServer, type TestServer } from '../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../testing/browser.ts'
import { accentOf } from './accent.ts'

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32"><rect width="120" height="32" fill="#0b8a5a"/></svg>`

/** The pages of a product, on an origin of its own: a logo, and whatever else it is asked for, a frame with this link. */
async function startProduct(t: TestContext, host = '127.0.0.1') {
  let link = ''
  const server = createServer((request, response) => {
    if (request.url === '/logo.svg') response.setHeader('content-type', 'image/svg+xml').end(logo)
    else response.setHeader('content-type', 'text/html').end(frame(link))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`
  return { origin, show: (url: string) => (link = url) }
}

const frame = (link: string) =>
  `<!doctype html><title>Acme</title><h1>Acme</h1><iframe src="${link}" title="Webhooks" width="900" height="600"></iframe>`

async function createLink(server: TestServer, path: string): Promise<{ id: string; url: string; token: string }> {
  const { json, text, status } = await server.request('POST', `${path}/portal-sessions`)
  assert.equal(status, 201, text)
  return { id: json.id, url: json.url, token: json.url.split('#token=')[1] }
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })

test('the portal shows its pages in the look of the product, in both themes, on a phone too', async (t) => {
  const product = await startProduct(t)
  const server = await startTestServer(t, {
    ATLAS_PORTAL_NAME: 'Acme CRM',
    ATLAS_PORTAL_COLOR: '#0b8a5a',
    ATLAS_PORTAL_LOGO_URL: `${product.origin}/logo.svg`,
  })
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const { url } = await createLink(server, path)
  const refused: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.open(url, { key: null, colorScheme })
    page.on('response', (response) => {
      if (response.status() === 403) refused.push(`${response.request().method()} ${response.url()}`)
    })
    await heading(page, 'Endpoints').waitFor()
    assert.doesNotMatch(page.url(), /token|atlas_portal/, 'the token is not left in the address')
    assert.equal(await page.title(), 'Endpoints – Acme CRM')
    const image = page.getByRole('img', { name: 'Acme CRM' })
    await image.evaluate((element: HTMLImageElement) => element.decode())
    const accent = await page.evaluate(() => {
      const probe = document.createElement('span')
      probe.style.color = 'var(--color-accent)'
      document.body.append(probe)
      const { color } = getComputedStyle(probe)
      probe.remove()
      return color
    })
    const wanted = accentOf('#0b8a5a', colorScheme).accent.slice(1)
    assert.equal(
      accent,
      `rgb(${wanted
        .match(/../g)
        ?.map((part) => Number.parseInt(part, 16))
        .join(', ')})`,
    )
    const tabs = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
    const names = await tabs.allTextContents()
    assert.deepEqual(names, ['Endpoints', 'Deliveries', 'Dead letters', 'Events', 'Event catalog'])
    for (const name of names) {
      await tabs.filter({ hasText: new RegExp(`^${name}$`) }).click()
      await heading(page, name).waitFor()
      await page.waitForLoadState('networkidle')
      await checkAccessibility(page)
      await screenshot(page, `portal-${name}-${colorScheme}`)
    }
    assert.equal(await page.getByRole('button', { name: 'Add an event type' }).count(), 0)
    const text = await page.locator('#root').textContent()
    assert.doesNotMatch(text ?? '', /Atlas|Operator|Settings|Audit/)
    await page.setViewportSize({ width: 360, height: 740 })
    for (const name of names) {
      await tabs.filter({ hasText: new RegExp(`^${name}$`) }).click()
      await heading(page, name).waitFor()
      await page.waitForLoadState('networkidle')
      await screenshot(page, `portal-${name}-360-${colorScheme}`)
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, name)
    }
    await page.reload()
    await heading(page, 'Event catalog').waitFor()
  }
  assert.deepEqual(refused, [], 'asked for by a page, and not open to the portal')
})

test('a customer sees their deliveries and replays them, and the audit log says who it was', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook') } })
  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  await receiver.waitFor(1, '/hook')
  const actor = { id: 'usr_42', name: 'Ada' }
  const { json } = await server.request('POST', `${path}/portal-sessions`, { body: { actor } })
  const page = await browser.open(json.url, { key: null })
  await page.getByRole('link', { name: 'Deliveries' }).click()
  const row = page.getByRole('row').filter({ hasText: 'deal.created' })
  await row.getByText('Delivered').waitFor()
  await row.click()
  await page.getByRole('button', { name: 'Replay' }).click()
  await receiver.waitFor(2, '/hook')
  await page.getByText('Attempt 2').waitFor()
  await checkAccessibility(page)
  const { json: log } = await server.request('GET', `${path}/audit-log?action=redelivered`)
  assert.deepEqual(
    log.data.map(({ actor: { ip, ...who } }: { actor: { ip: string } }) => who),
    [{ type: 'portal', ...actor }],
  )
})

test('a portal session leaves neither its workspace nor its pages', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const [mine, other] = [await server.createWorkspace('mine'), await server.createWorkspace('other')]
  const { url, token } = await createLink(server, mine.path)
  const page = await browser.open(url, { key: null })
  await heading(page, 'Endpoints').waitFor()
  const pages = ['settings', 'audit-log', 'destinations', ''].map((name) => `/portal/w/${mine.id}/${name}`)
  const foreign = [
    `/portal/w/${other.id}/endpoints`,
    '/portal/w/other/endpoints',
    '/portal/operator',
    '/portal/sign-in',
  ]
  for (const path of [...pages, ...foreign]) {
    await page.goto(path)
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  }
  const statuses = await page.evaluate(
    async ({ paths, token }) => {
      const headers = { authorization: `Bearer ${token}` }
      return await Promise.all(paths.map(async (path) => (await fetch(path, { headers })).status))
    },
    { paths: [`${other.path}/endpoints`, `${mine.path}/keys`, '/v1/workspaces', `${mine.path}/endpoints`], token },
  )
  assert.deepEqual(statuses, [404, 403, 403, 200])
  // Outside the portal its token opens nothing: there, a cookie is asked for.
  await page.goto(`/w/${mine.id}/endpoints`)
  await page.waitForURL('**/sign-in**')
  await page.getByRole('heading', { level: 1 }).waitFor()
})

test('it is shown in a frame of a site that may, also when loaded anew, and in no other', async (t) => {
  const [friend, stranger] = [await startProduct(t), await startProduct(t, 'localhost')]
  const server = await startTestServer(t, { ATLAS_PORTAL_ORIGINS: friend.origin })
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace()
  const { url } = await createLink(server, path)
  friend.show(url)
  stranger.show(url)

  const page = await browser.open(friend.origin, { key: null })
  const inside = page.frameLocator('iframe')
  await inside.getByRole('heading', { name: 'Endpoints' }).waitFor()
  await inside.getByRole('link', { name: 'Deliveries' }).click()
  await inside.getByRole('heading', { name: 'Deliveries' }).waitFor()
  const [, framed] = page.frames()
  assert(framed)
  await Promise.all([framed.waitForNavigation(), framed.evaluate(() => location.reload())])
  await inside.getByRole('heading', { name: 'Deliveries' }).waitFor()
  assert.deepEqual(await page.context().cookies(), [])

  const refused = await browser.open(stranger.origin, { key: null, expected: /frame-ancestors/ })
  await refused.waitForFunction(() => document.querySelector('iframe') !== null)
  await refused.waitForLoadState('networkidle')
  assert.equal(refused.frames()[1]?.url(), 'chrome-error://chromewebdata/')
  // The dashboard is shown in no frame at all, not even the friend's.
  friend.show(server.url)
  const dashboard = await browser.open(friend.origin, { key: null, expected: /frame-ancestors/ })
  await dashboard.waitForLoadState('networkidle')
  assert.equal(dashboard.frames()[1]?.url(), 'chrome-error://chromewebdata/')
})

test('an endpoint that was being created when the link expired is created with the next one', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace()
  const first = await createLink(server, path)
  const page = await browser.open(first.url, { key: null })
  await page.getByRole('link', { name: 'New endpoint' }).first().click()
  for (const step of ['Target', 'Events', 'Delivery', 'Review']) {
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('heading', { name: step }).waitFor()
    if (step === 'Target') await page.getByLabel('URL', { exact: true }).fill(receiver.url('/hook'))
  }
  await server.request('DELETE', `${path}/portal-sessions/${first.id}`)
  await page.getByRole('button', { name: 'Create endpoint' }).click()
  const dialog = page.getByRole('dialog', { name: 'This link has expired' })
  await dialog.waitFor()
  const tab = await page.context().newPage()
  await tab.goto((await createLink(server, path)).url)
  await dialog.waitFor({ state: 'hidden' })
  const secret = (await page.getByText(/^whsec_/).textContent()) ?? ''
  await checkAccessibility(page)
  await screenshot(page, 'portal-created')

  await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: {} } })
  const [request] = await receiver.waitFor(1, '/hook')
  assert(request)
  const event = Stripe.webhooks.constructEvent(request.body, request.headers['atlas-signature'] ?? '', secret)
  assert.equal(event.type, 'deal.created')
  await tab.reload()
  await tab.getByRole('row').filter({ hasText: '/hook' }).click()
  await tab.getByRole('button', { name: 'Send test' }).click()
  await receiver.waitFor(2, '/hook')
  await checkAccessibility(tab)
  await screenshot(tab, 'portal-endpoint')
})

test('a link that has expired says so, and the page goes on where it was with a new one', async (t) => {
  const server = await startTestServer(t, { ATLAS_PORTAL_NAME: 'Acme CRM' })
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const [mine, other] = [await server.createWorkspace(), await server.createWorkspace()]
  const first = await createLink(server, mine.path)
  const page = await browser.open('about:blank', { key: null })
  await page.clock.install()
  await page.goto(first.url)
  await page.getByRole('link', { name: 'Deliveries' }).click()
  await heading(page, 'Deliveries').waitFor()
  await page.evaluate(() => {
    document.body.dataset.untouched = 'yes'
  })
  const end = async ({ id }: { id: string }) => {
    assert.equal((await server.request('DELETE', `${mine.path}/portal-sessions/${id}`)).status, 204)
  }
  await end(first)
  await page.clock.runFor(61_000)
  const dialog = page.getByRole('dialog', { name: 'This link has expired' })
  await dialog.waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'portal-expired-over-page')

  // That of another workspace would put an end to what was begun here.
  const tab = await page.context().newPage()
  await tab.goto((await createLink(server, other.path)).url)
  await heading(tab, 'Endpoints').waitFor()
  const second = await createLink(server, mine.path)
  assert(await dialog.isVisible())
  await tab.goto('about:blank')
  await tab.goto(second.url)
  await heading(tab, 'Endpoints').waitFor()
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(await page.evaluate(() => document.body.dataset.untouched), 'yes')
  assert.match(page.url(), /\/deliveries$/)

  await end(second)
  const late = await browser.open(second.url, { key: null, expected: /401 unauthorized/ })
  await heading(late, 'This link has expired').waitFor()
  assert.match((await late.locator('#root').textContent()) ?? '', /Acme CRM/)
  await checkAccessibility(late)
  await screenshot(late, 'portal-expired')
  // Another link in the same tab differs in the fragment only.
  await late.goto((await createLink(server, mine.path)).url)
  await heading(late, 'Endpoints').waitFor()
  const without = await browser.open('/portal', { key: null, expected: /401 unauthorized/ })
  await heading(without, 'A link is needed').waitFor()
})
