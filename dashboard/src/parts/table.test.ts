import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { fromTypeId, idPrefix } from '../../../server/domain/identifier.ts'
import { plantHistory } from '../../../server/testing/history.ts'
import { startTestServer } from '../../../server/testing/server.ts'
import { TestBrowser } from '../../testing/browser.ts'

const pageSize = 100

/** Scrolls down, two screens with every frame, until this row is drawn. Gives how much the page held at most. */
async function rideTo(page: Page, row: number): Promise<{ frames: number; rows: number; elements: number }> {
  return await page.evaluate(async (wanted) => {
    const most = { frames: 0, rows: 0, elements: 0 }
    while (!document.querySelector(`[data-row="${wanted}"]`)) {
      scrollBy(0, 2 * innerHeight)
      await new Promise(requestAnimationFrame)
      most.frames++
      most.rows = Math.max(most.rows, document.querySelectorAll('[data-row]').length)
      most.elements = Math.max(most.elements, document.getElementsByTagName('*').length)
    }
    return most
  }, row)
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

/** How long each task kept the page's thread at work, in milliseconds: others on this machine do not count. */
async function tasksDuring(page: Page, work: () => Promise<unknown>): Promise<number[]> {
  const browser = page.context().browser()
  assert(browser)
  await browser.startTracing(page, { categories: ['toplevel'] })
  await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name.endsWith('RunTask') && threads.some((each) => each.pid === pid && each.tid === tid),
  )
  return tasks.map(({ tdur = 0 }) => tdur / 1000).toSorted((one, other) => other - one)
}

test('a hundred thousand rows scroll smoothly, few of them in the page, and the keyboard goes through them', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  const { id, path } = await server.createWorkspace('acme')
  const { json } = await server.request('POST', `${path}/endpoints`, { body: { url: 'https://93.184.215.14/hook' } })
  const workspaceId = fromTypeId(idPrefix.workspace, id) ?? ''
  const endpointId = fromTypeId(idPrefix.endpoint, json.id) ?? ''
  await plantHistory(server.database, { workspaceId, endpointId, count: 100_000 })

  const page = await browser.open('/w/acme/deliveries')
  const cursors: (string | null)[] = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.pathname.endsWith('/deliveries') && url.search !== '') cursors.push(url.searchParams.get('cursor'))
  })
  const debug = await page.context().newCDPSession(page)
  const heap = async () => {
    await debug.send('HeapProfiler.collectGarbage')
    return (await debug.send('Runtime.getHeapUsage')).usedSize
  }
  const focused = () => page.evaluate(() => Number((document.activeElement as HTMLElement).dataset.row ?? -1))
  const focusedIs = (row: number) =>
    page.waitForFunction((wanted) => (document.activeElement as HTMLElement).dataset.row === String(wanted), row)
  await page.locator('[data-row="10"]').waitFor()

  await rideTo(page, 2_500)
  const before = await heap()
  let most = { frames: 0, rows: 0, elements: 0 }
  const tasks = await tasksDuring(page, async () => {
    most = await rideTo(page, 6_000)
  })
  const grown = (await heap()) - before
  const work = tasks.reduce((sum, each) => sum + each, 0) / most.frames
  t.diagnostic(
    `3,500 rows in ${most.frames} frames: ${work.toFixed(1)} ms of work for each, the longest task ${tasks[0]?.toFixed(0)} ms; at most ${most.rows} rows and ${most.elements} elements; ${(grown / 1e6).toFixed(1)} MB more`,
  )
  assert(most.rows < 100 && most.elements < 2_000, JSON.stringify(most))
  assert(grown < 1.6e6, `${grown} bytes more after 3,500 rows`)
  assert((tasks[0] ?? 0) < 200, `a task took ${tasks[0]} ms`)
  const read = cursors.length
  assert(read >= 6_000 / pageSize && read < 6_000 / pageSize + 5, `${read} pages were read`)
  assert.equal(new Set(cursors).size, read, 'no page was read twice')

  // Rows that are no longer kept are read again, also when the first time fails.
  await page.route('**/deliveries?*', (route) => route.abort(), { times: 1 })
  await page.evaluate(() => scrollTo(0, 3_700 * 45))
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.locator('[data-row="3700"]').waitFor()
  await page.locator('[data-row="3700"]').focus()
  await page.keyboard.press('PageDown')
  await page.waitForFunction(() => Number((document.activeElement as HTMLElement).dataset.row) > 3_710)
  const down = await focused()
  assert(down < 3_730, `${down}`)
  await page.keyboard.press('ArrowUp')
  await focusedIs(down - 1)
  await page.keyboard.press('PageUp')
  await focusedIs(3_699)
  await page.keyboard.press('Home')
  await focusedIs(0)
  assert.equal(await page.evaluate(() => scrollY < 300), true)
  await page.keyboard.press('End')
  await page.waitForFunction(() => Number((document.activeElement as HTMLElement).dataset.row) >= 99)
  // The row that has the focus is scrolled out of sight; the keyboard goes on from it.
  const end = await focused()
  await page.evaluate(() => scrollTo(0, 0))
  await page.locator(`[data-row="${end}"]`).waitFor({ state: 'detached' })
  await page.keyboard.press('ArrowUp')
  await focusedIs(end - 1)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/deliveries/dlv_*')
  await page.goBack()
  await page.locator('[data-row]').first().waitFor()
})
