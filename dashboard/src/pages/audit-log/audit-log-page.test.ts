import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

const hostile = '<script>alert(1)</script>'
const entries = [
  {
    ...{ category: 'team_member', action: 'invited', description: 'Jane Doe invited John Roe.' },
    actor: { type: 'user', id: 'user_1', name: 'Jane Doe', ip: '192.0.2.7' },
    target: { type: 'user', id: 'user_2', name: 'John Roe' },
    metadata: { role: 'admin', teams: ['crm', 'sales'] },
    occurred_at: '2026-01-05T10:00:00.000Z',
  },
  {
    ...{ category: 'stack', action: 'applied', description: `${hostile} مرحبا 🎉` },
    actor: { type: 'user', id: 'user_3', name: `${hostile} محمد 🦊` },
    target: { type: 'stack', id: 'st_9', name: 'سلسلة <b>bold</b>' },
    metadata: { text: hostile, شرح: '🎉', __proto: { html: '<img src=x onerror=alert(1)>' } },
    occurred_at: '2026-02-05T10:00:00.000Z',
  },
]

async function start(t: TestContext) {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return null
  const { path } = await server.createWorkspace('acme')
  const { status, text } = await server.request('POST', `${path}/audit-log/batch`, { body: { entries } })
  assert.equal(status, 202, text)
  return { server, browser, path }
}

const rows = (page: Page) => page.getByRole('table', { name: 'Audit entries' }).locator('tbody tr[data-row]')

async function shows(page: Page, ...actions: string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const shown = [...document.querySelectorAll('tr[data-row] td:nth-child(3)')].map((cell) => cell.textContent)
    return JSON.stringify(shown) === wanted
  }, JSON.stringify(actions))
}

test('the audit log is searched by each filter, which the address keeps', async (t) => {
  const started = await start(t)
  if (!started) return
  const { browser } = started
  const page = await browser.open('/w/acme/audit-log')
  await shows(page, 'stack.applied', 'team_member.invited', 'workspace.created')
  await page.getByText('The chain goes up to entry 3. All 3 shown have their hashes').waitFor()
  await screenshot(page, 'audit-log-light')

  const word = page.getByRole('searchbox', { name: 'Search' })
  await page.keyboard.press('/')
  await page.keyboard.type('jane invit')
  await shows(page, 'team_member.invited')
  await page.waitForURL('**/audit-log?q=jane*invit')
  await page.reload()
  await shows(page, 'team_member.invited')
  assert.equal(await word.inputValue(), 'jane invit')
  await word.fill('nothing-of-the-kind')
  await page.getByText('No entry fits these filters').waitFor()
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await shows(page, 'stack.applied', 'team_member.invited', 'workspace.created')

  await page.getByLabel('Category').selectOption('stack')
  await shows(page, 'stack.applied')
  await page.waitForURL('**/audit-log?category=stack')
  await page.getByLabel('Category').selectOption('')
  await page.getByLabel('Action', { exact: true }).fill('workspace.created')
  await shows(page, 'workspace.created')
  await page.getByLabel('Action', { exact: true }).fill('')
  await page.getByLabel("Actor's id").fill('user_1')
  await shows(page, 'team_member.invited')
  await page.waitForURL('**/audit-log?actor=user_1')
  await page.getByLabel("Actor's id").fill('')
  await shows(page, 'stack.applied', 'team_member.invited', 'workspace.created')
  await page.getByLabel('Until').fill('2026-02-01T00:00:00')
  await shows(page, 'team_member.invited')
  await page.getByLabel('Until').fill('2026-03-01T00:00:00')
  await shows(page, 'stack.applied', 'team_member.invited')
  await page.getByLabel('From').fill('2026-02-01T00:00:00')
  await shows(page, 'stack.applied')
  await page.waitForURL('**/audit-log?until=2026-03-01*&since=2026-02-01*')
})

test('what else stands in the address, such as what mails add, is left out', async (t) => {
  const started = await start(t)
  if (!started) return
  const page = await started.browser.open('/w/acme/audit-log?utm_source=mail&actor=user_3&toString=1')
  await shows(page, 'stack.applied')
  await page.waitForURL('**/audit-log?actor=user_3')
})

test('a row opens with the keyboard to all that the entry says, as text, whatever it is', async (t) => {
  const started = await start(t)
  if (!started) return
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await started.browser.open('/w/acme/audit-log', { colorScheme })
    await rows(page).first().focus()
    await page.keyboard.press('Enter')
    const metadata = page.getByRole('heading', { name: 'Metadata' })
    await metadata.waitFor()
    assert.equal(await page.locator('tr[data-row="0"] [aria-expanded="true"]').count(), 1)
    const opened = await page.locator('table[aria-label="Audit entries"]').textContent()
    for (const text of [hostile, 'محمد 🦊', 'سلسلة <b>bold</b>', '<img src=x onerror=alert(1)>', 'شرح']) {
      assert(opened?.includes(text), text)
    }
    await checkAccessibility(page)
    await screenshot(page, `audit-log-entry-${colorScheme}`)
    // On to the next row with the arrow, and back with Enter.
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    assert.equal(await metadata.count(), 2)
    await page.keyboard.press('Enter')
    assert.equal(await metadata.count(), 1)
    // Also while text of the page is marked.
    await page.getByRole('heading', { level: 1 }).selectText()
    await page.locator('tr[data-row="1"]').getByRole('button', { name: 'Details' }).click()
    await page.locator('tr[data-row="1"] [aria-expanded="true"]').waitFor()
    await page.getByRole('button', { name: 'Only this actor' }).first().click()
    await page.waitForURL('**/audit-log?actor=user_3')
    await shows(page, 'stack.applied')
  }
  const phone = await started.browser.open('/w/acme/audit-log', { viewport: { width: 360, height: 740 } })
  await rows(phone).first().click()
  await phone.getByRole('heading', { name: 'Metadata' }).waitFor()
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  await screenshot(phone, 'audit-log-phone')
})

test('an entry that was altered in the database is found by the page', async (t) => {
  const started = await start(t)
  if (!started) return
  const { server, browser } = started
  await server.database.execute({
    name: 'disarm',
    text: 'alter table audit_entries disable trigger audit_entries_append_only',
  })
  await server.database.execute({
    name: 'alter',
    text: `update audit_entries set actor_name = 'Jim Poe' where action = 'invited'`,
  })
  const page = await browser.open('/w/acme/audit-log')
  await page.getByRole('alert').filter({ hasText: 'The hash of entry 2 does not fit its content' }).waitFor()
  await screenshot(page, 'audit-log-altered')
})

test('the export is downloaded as a file that has all entries', async (t) => {
  const started = await start(t)
  if (!started) return
  const page = await started.browser.open('/w/acme/audit-log')
  await page.getByRole('button', { name: 'Export' }).click()
  const dialog = page.getByRole('dialog', { name: 'Export the audit log' })
  await dialog.waitFor()
  await checkAccessibility(page)
  await screenshot(page, 'audit-log-export')
  const download = async () => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('link', { name: 'Download' }).click(),
    ])
    assert.match(file.suggestedFilename(), /^audit-ws_.*\.ndjson$/)
    const text = await readFile(await file.path(), 'utf8')
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const lines = await download()
  const actions = lines.flatMap(({ entry }) => (entry ? [entry.action] : []))
  assert.deepEqual(actions, ['created', 'invited', 'applied'])
  assert.equal(lines.at(-1)?.end.sequence, 3)

  await page.getByRole('button', { name: 'Export' }).click()
  await dialog.getByLabel('Until').fill('2020-01-01T00:00:00')
  await dialog.locator('a[href*="until=2020-01-01"]').waitFor()
  const part = await download()
  assert.equal(part[0].chain.part, true)
  assert.equal(
    part.some(({ entry }) => entry),
    false,
  )
})
