import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../../../server/testing/server.ts'
import { TestBrowser } from '../../testing/browser.ts'

const mostScriptBytes = 250 * 1024
// A second is the aim, on a machine that does nothing else. Here other tests run beside.
const aimedPaintMs = 1_000
const mostPaintMs = 2_000
const slowdown = 4
const mostTries = 4

test('the first load is small, and is painted soon on a slow machine', async (t) => {
  const server = await startTestServer(t)
  const browser = await TestBrowser.start(t, server.url)
  if (!browser) return
  await server.createWorkspace('acme')
  for (const path of ['/w/acme', '/w/acme/deliveries', '/w/acme/endpoints']) {
    // Of several tries the best: what else the machine does at the time is not the page's fault.
    const tries: { bytes: number; paintMs: number }[] = []
    while (tries.length < mostTries && !tries.some(({ paintMs }) => paintMs < aimedPaintMs)) {
      tries.push(await load(browser, path))
    }
    const bytes = Math.max(...tries.map((each) => each.bytes))
    const paintMs = Math.min(...tries.map((each) => each.paintMs))
    t.diagnostic(`${path}: ${Math.round(bytes / 1024)} KiB of scripts, painted after ${Math.round(paintMs)} ms`)
    assert(bytes > 0 && bytes < mostScriptBytes, `${bytes} bytes of scripts`)
    assert(paintMs < mostPaintMs, `painted after ${paintMs} ms`)
  }
})

/** In a browser with an empty cache. */
async function load(browser: TestBrowser, path: string): Promise<{ bytes: number; paintMs: number }> {
  const page = await browser.open('about:blank')
  const debuggerOf = await page.context().newCDPSession(page)
  await debuggerOf.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  // To look for something in the page meanwhile would be work for the page's thread, which is slowed too.
  await page.goto(path, { waitUntil: 'networkidle' })
  await page.getByRole('heading', { level: 1 }).waitFor()
  const measured = await page.evaluate(async () => {
    const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
    const scripts = entries.filter(({ name }) => name.endsWith('.js'))
    const paints = await new Promise<PerformanceEntryList>((resolve) => {
      const observer = new PerformanceObserver((list) => resolve(list.getEntries()))
      observer.observe({ type: 'largest-contentful-paint', buffered: true })
    })
    return {
      bytes: scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      paintMs: Math.max(...paints.map(({ startTime }) => startTime)),
    }
  })
  await page.context().close()
  return measured
}
