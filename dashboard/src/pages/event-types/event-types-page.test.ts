import assert from 'node:assert/strict'
import { test } from 'node:test'
import { People } from '../../../../server/testing/people.ts'
import { Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

const digits = '12345678901234567890'

test('an event type is added, changed and deleted; its faults stand at their fields, and no digit is lost', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook') } })
  await server.request('PATCH', path, { body: { validate_payloads: true } })

  const page = await browser.open('/w/acme/event-types', { colorScheme: 'dark' })
  await page.getByRole('button', { name: 'Add an event type' }).click()
  const dialog = page.getByRole('dialog')
  const [name, schema, example] = ['Name', 'Schema', 'Example'].map((label) =>
    dialog.getByLabel(label, { exact: true }),
  )
  assert(name && schema && example)
  const faultOf = async (field: typeof name) => {
    const id = (await field.getAttribute('aria-describedby'))?.split(' ').find((each) => each.endsWith('-error'))
    return id === undefined ? null : await page.locator(`[id="${id}"]`).textContent()
  }
  const typed = { name: 'Invoice sent', schema: '{"type": "objct", "properties": 1}', example: `{"total": ${digits}` }
  await name.fill(typed.name)
  await dialog.getByLabel('Description').fill('An invoice went out.')
  await schema.fill(typed.schema)
  await example.fill(typed.example)
  assert.match((await faultOf(example)) ?? '', /^Line 1, column 31: /)
  assert.equal(await dialog.getByRole('button', { name: 'Add', exact: true }).isDisabled(), true)
  await example.fill(`${typed.example}}`)
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.getByText('must be 1 to 8 segments', { exact: false }).waitFor()
  assert.match((await faultOf(schema)) ?? '', /^Line 1: (type|properties) must be/)
  assert.equal(await faultOf(example), null)
  assert.deepEqual(
    [await name.inputValue(), await schema.inputValue(), await example.inputValue()],
    [typed.name, typed.schema, `${typed.example}}`],
  )
  await checkAccessibility(page)
  await screenshot(page, 'event-type-faults-dark')
  await name.fill('invoice.sent')
  await schema.fill('{"type": "object", "required": ["id", "total"], "properties": {"total": {"type": "number"}}}')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.getByText('id is required', { exact: false }).waitFor()
  assert.equal(await faultOf(schema), null)
  await example.fill(`{"id": "inv_01", "total": ${digits}}`)
  await dialog.getByRole('button', { name: 'Format' }).last().click()
  assert.equal(await example.inputValue(), `{\n  "id": "inv_01",\n  "total": ${digits}\n}`)
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await page.waitForURL('**/event-types/invoice.sent')
  await page.getByText(digits, { exact: true }).waitFor()

  await page.getByRole('button', { name: 'Edit' }).click()
  assert.equal(await example.inputValue(), `{\n  "id": "inv_01",\n  "total": ${digits}\n}`)
  await dialog.getByLabel('Description').fill('An invoice was sent by mail.')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('An invoice was sent by mail.').waitFor()

  await page.getByRole('button', { name: 'Publish a test event' }).click()
  const data = dialog.getByLabel('Data')
  await page.waitForFunction((wanted) => document.querySelector('textarea')?.value.includes(wanted), digits)
  const broken = `{\n  "total": "${digits}"\n}`
  await data.fill(broken)
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
  await dialog.getByText('id is required', { exact: false }).waitFor()
  assert.match((await faultOf(data)) ?? '', /Line 2: total must be/, 'all that is wrong is told, with its line')
  // Too deep to be a schema's matter: it is refused as a whole.
  const deep = `{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}`
  await data.fill(deep)
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
  await dialog.getByText('nests deeper than 64 levels', { exact: false }).waitFor()
  assert.equal(await data.inputValue(), deep)
  await data.fill(`{"id": "inv_02", "total": ${digits}, "rate": 1.10, "__proto__": {"x": 1}}`)
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.waitForURL('**/events/evt_*')
  const [request] = await receiver.waitFor(1, '/hook')
  assert.match(
    String(request?.body),
    new RegExp(`"data":{"id": "inv_02", "total": ${digits}, "rate": 1.10, "__proto__": {"x": 1}}`),
  )
  await page.getByText(digits, { exact: true }).waitFor()
  await page.getByText('__proto__: ', { exact: true }).waitFor()

  await page.goto('/w/acme/event-types/invoice.sent')
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete event type' }).click()
  await page.waitForURL('**/event-types')
  await page.getByRole('link', { name: 'deal.created' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'invoice.sent' }).count(), 0)
})

test('who listens to a type is asked of all endpoints, a page at a time', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const create = async (index: number) => {
    const types = index < 51 ? ['deal.*'] : ['contact.*']
    const body = { url: 'https://93.184.215.14/hook', description: `Number ${index}`, types }
    assert.equal((await server.request('POST', `${path}/endpoints`, { body })).status, 201)
  }
  for (let index = 0; index < 53; index++) await create(index)
  const page = await browser.open('/w/acme/event-types/deal.created')
  await page.getByRole('link', { name: 'Number 50', exact: true }).waitFor()
  const listeners = page.getByRole('link', { name: /^Number \d+$/ })
  assert.equal(await listeners.count(), 50)
  await page.getByRole('button', { name: 'Show more' }).click()
  await page.getByRole('link', { name: 'Number 0', exact: true }).waitFor()
  assert.equal(await listeners.count(), 51)
  assert.equal(await page.getByRole('button', { name: 'Show more' }).count(), 0)
})

test('viewers and customers see events and the catalog, and only what they may do', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  const people = new People(server)
  const viewer = await people.join(path, 'vera@acme.example', 'viewer')
  await server.request('POST', `${path}/endpoints`, { body: { url: receiver.url('/hook'), description: 'CRM sync' } })
  const type = { name: 'invoice.sent', description: 'An invoice went out.', example: { id: 'inv_01' } }
  await server.request('POST', `${path}/event-types`, { body: type })
  await server.request('POST', `${path}/events`, { body: { type: 'invoice.sent', data: { id: 'inv_02' } } })
  await receiver.waitFor(1, '/hook')
  const session = await server.request('POST', `${path}/portal-sessions`, { body: {} })

  const asViewer = await browser.open('/docs', { key: null })
  const cookies = viewer.cookie.split('; ').map((cookie) => {
    const [name = '', ...value] = cookie.split('=')
    return { name, value: value.join('='), url: server.url }
  })
  await asViewer.context().addCookies(cookies)
  await asViewer.goto('/w/acme/events')
  const asCustomer = await browser.open(session.json.url, { key: null })
  for (const [page, buttons] of [
    [asViewer, ['Copy as curl']],
    [asCustomer, ['Replay']],
  ] as const) {
    await page.getByRole('link', { name: 'Events', exact: true }).click()
    const row = page.getByRole('row').filter({ hasText: 'invoice.sent' })
    await row.waitFor()
    const main = page.getByRole('main')
    assert.equal(await main.getByRole('button', { name: /Publish/ }).count(), 0)
    await row.click()
    await page.getByText('"inv_02"').waitFor()
    await page.getByText('Delivered', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'CRM sync' }).waitFor()
    const offered = main.getByRole('button', { name: /Replay|curl|Publish/ })
    assert.deepEqual(await offered.allTextContents(), buttons)
    await page.getByRole('link', { name: 'Event catalog' }).click()
    await page.getByRole('link', { name: 'invoice.sent' }).waitFor()
    assert.equal(await main.getByRole('button', { name: /Add/ }).count(), 0)
    await page.getByRole('link', { name: 'invoice.sent' }).click()
    await page.getByText('"inv_01"').waitFor()
    await page.getByRole('link', { name: 'CRM sync' }).waitFor()
    assert.equal(await main.getByRole('button', { name: /Edit|Delete|Publish/ }).count(), 0)
    await checkAccessibility(page)
  }
  await screenshot(asCustomer, 'portal-event-type')
})
