import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

test('the operator sees nodes, database and queue, in both themes and on a phone', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.open('/operator', { colorScheme })
    const node = page.getByRole('table', { name: 'Nodes' }).getByRole('row').filter({ hasText: hostname() })
    await node.getByText('Alive').waitFor()
    await page.getByText(/^\d+ of \d+$/).waitFor()
    await page.getByRole('figure', { name: 'Deliveries by minute' }).waitFor()
    await page.getByRole('link', { name: 'Acme' }).waitFor()
    await checkAccessibility(page)
    await screenshot(page, `operator-${colorScheme}`)
    await page.setViewportSize({ width: 360, height: 740 })
    await screenshot(page, `operator-phone-${colorScheme}`)
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  }
})

test('a workspace is created, renamed, and deleted once its name was typed; faults stand at their fields', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  const page = await browser.open('/operator')
  await page.getByRole('button', { name: 'Create workspace' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Beta <i>Ltd</i>')
  await dialog.getByLabel('Slug').fill('acme')
  await dialog.getByRole('button', { name: 'Create workspace' }).click()
  await dialog.getByRole('alert').filter({ hasText: 'is taken' }).waitFor()
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Beta <i>Ltd</i>', 'what was typed stays')
  await checkAccessibility(page)
  await dialog.getByLabel('Slug').fill('beta')
  await dialog.getByRole('button', { name: 'Create workspace' }).click()
  await page.getByRole('link', { name: 'Beta <i>Ltd</i>' }).waitFor()
  assert.equal((await server.request('GET', '/v1/workspaces/beta')).json.name, 'Beta <i>Ltd</i>')

  await page.getByRole('button', { name: 'Rename Beta' }).click()
  await dialog.getByLabel('Name').fill('Beta')
  await dialog.getByRole('button', { name: 'Save' }).click()

  await page.getByRole('link', { name: 'Beta', exact: true }).waitFor()

  await page.getByRole('button', { name: 'Delete Beta' }).click()
  const confirm = dialog.getByRole('button', { name: 'Delete workspace' })
  await dialog.getByLabel('Type Beta to confirm').fill('beta')
  assert.equal(await confirm.isDisabled(), true)
  await checkAccessibility(page)
  await dialog.getByLabel('Type Beta to confirm').fill('Beta')
  await confirm.click()
  await confirm.waitFor({ state: 'hidden' })
  await page.getByRole('link', { name: 'Beta', exact: true }).waitFor({ state: 'detached' })
  assert.equal((await server.request('GET', '/v1/workspaces/beta')).status, 404)
})

test('who is no operator finds no such page', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { path } = await server.createWorkspace('acme')
  const page = await browser.open('/operator', { key: await server.createKey(path, ['manage']) })
  await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  assert.equal(await page.getByText('Nodes').count(), 0)
})
