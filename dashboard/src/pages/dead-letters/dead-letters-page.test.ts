import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../../server/testing/eventually.ts'
import { answer, Receiver } from '../../../../server/testing/receiver.ts'
import { startTestServer } from '../../../../server/testing/server.ts'
import { checkAccessibility, screenshot, TestBrowser } from '../../../testing/browser.ts'

test('dead letters are seen by endpoint and error, and replayed chosen, by group or all once the endpoint is mended', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const receiver = await Receiver.start(t)
  const { path } = await server.createWorkspace('acme')
  for (const name of ['crm', 'erp']) {
    receiver.on(`/${name}`, answer(name === 'crm' ? 500 : 404))
    const body = { url: receiver.url(`/${name}`), description: name.toUpperCase(), retry_schedule_seconds: [] }
    assert.equal((await server.request('POST', `${path}/endpoints`, { body })).status, 201)
  }
  for (let count = 0; count < 3; count++) {
    await server.request('POST', `${path}/events`, { body: { type: 'deal.created', data: { count } } })
  }
  const countOf = async (state: string) =>
    (await server.request('GET', `${path}/deliveries?state=${state}`)).json.data.length as number
  const { json } = await server.request('GET', `${path}/endpoints`)
  // An endpoint without a success is paused; resumed, it takes what waits and what is replayed.
  const until = (state: string, count: number) =>
    eventually(async () => {
      for (const { id } of json.data) await server.request('POST', `${path}/endpoints/${id}/resume`)
      return (await countOf(state)) === count ? true : null
    })
  await until('dead_letter', 6)

  for (const colorScheme of ['dark', 'light'] as const) {
    const viewport = colorScheme === 'dark' ? { viewport: { width: 360, height: 740 } } : {}
    const page = await browser.open('/w/acme/dead-letters', { colorScheme, ...viewport })
    await page.getByRole('button', { name: 'ERP The endpoint answered 404.' }).click()
    await page.getByRole('row').filter({ hasText: 'deal.created' }).first().waitFor()
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
    await checkAccessibility(page)
    await screenshot(page, `dead-letters-${colorScheme}`)
  }
  for (const name of ['crm', 'erp']) receiver.on(`/${name}`, answer(200))
  const page = await browser.open('/w/acme/dead-letters')
  const replay = async (button: string) => {
    await page.getByRole('button', { name: button }).click()
    const dialog = page.getByRole('dialog', { name: /^Replay .*\?$/ })
    await dialog.getByRole('button', { name: 'Replay' }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  const crm = page.getByRole('button', { name: 'CRM The endpoint answered 500.' })
  await crm.press('Enter')
  await page.waitForURL(/group=ep_\w+%2Cstatus%2C500/)
  await page.getByRole('row').getByRole('checkbox').first().check()
  await replay('Replay chosen (1)')
  await page.getByText('Done: 1 of 1 begun anew').waitFor()
  await until('delivered', 1)
  await page.getByRole('row').getByRole('checkbox').nth(1).waitFor()
  assert.equal(await page.getByRole('row').getByRole('checkbox').count(), 2)
  await replay('Replay those of CRM: The endpoint answered 500.')
  await page.getByText('Done: 2 of 2 begun anew').waitFor()
  await crm.waitFor({ state: 'detached' })
  await until('delivered', 3)
  await replay('Replay all')
  await until('delivered', 6)
  await page.getByText('No dead letters').waitFor()
})
