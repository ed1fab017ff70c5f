import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { notRun } from '../../server/testing/not-run.ts'
import { testOperatorKey } from '../../server/testing/server.ts'
import { endAfter } from '../../server/testing/teardown.ts'

const candidates = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
/** A name for the server that browsers don't take for this machine: over http they keep much from its pages. */
export const plainHost = 'atlas.test'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const screenshots = process.env.DASHBOARD_SCREENSHOTS

/** Where Chromium is. null: there is none, and that is said at the end of `npm test`. */
function findChromium(): string | null {
  const found = candidates.find((path) => path !== undefined && existsSync(path))
  return found ?? null
}

export interface OpenOptions {
  /** Sent with every request, as if a proxy had done so. null: nobody is signed in. */
  readonly key?: string | null
  readonly colorScheme?: 'light' | 'dark'
  /** Errors that the test is about. */
  readonly expected?: RegExp
  readonly viewport?: { readonly width: number; readonly height: number }
}

/** A real browser, ended after the test. What its pages do wrong fails the test. */
export class TestBrowser {
  readonly #browser: Browser
  readonly #url: string
  readonly #faults: string[] = []

  private constructor(browser: Browser, url: string) {
    this.#browser = browser
    this.#url = url
  }

  /** null, with a note: this machine has no Chromium, and the test is left out. */
  static async start(t: TestContext, url: string): Promise<TestBrowser | null> {
    const executablePath = findChromium()
    if (executablePath === null) {
      notRun(t, 'tests in a browser: Chromium is missing; with Debian: apt-get install chromium')
      return null
    }
    // Root has no sandbox to be in.
    const args = [
      `--host-resolver-rules=MAP ${plainHost} 127.0.0.1`,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ]
    const browser = await chromium.launch({ executablePath, args })
    const started = new TestBrowser(browser, url)
    endAfter(t, async () => {
      await browser.close()
      assert.deepEqual(started.#faults, [], 'errors, refused by the Content-Security-Policy, or unexpected answers')
    })
    return started
  }

  /** A browser of its own: cookies and storage are not shared with others. */
  async open(
    path: string,
    { key = testOperatorKey, colorScheme = 'light', expected, viewport }: OpenOptions = {},
  ): Promise<Page> {
    const options: BrowserContextOptions = {
      colorScheme,
      baseURL: this.#url,
      viewport: viewport ?? { width: 1280, height: 900 },
      permissions: ['clipboard-read', 'clipboard-write'],
      ...(key !== null && { extraHTTPHeaders: { authorization: `Bearer ${key}` } }),
    }
    const context = await this.#browser.newContext(options)
    context.setDefaultTimeout(15_000)
    this.#watch(context, expected)
    const page = await context.newPage()
    await page.goto(path)
    return page
  }

  /** Errors of the page, and what the Content-Security-Policy refuses, are faults on any page. */
  #watch(context: BrowserContext, expected: RegExp | undefined): void {
    context.on('weberror', (error) => this.#faults.push(String(error.error())))
    context.on('console', (message) => {
      const text = message.text()
      // What a test asks for may well be refused by the API.
      if (message.type() === 'error' && !text.startsWith('Failed to load resource') && !expected?.test(text))
        this.#faults.push(text)
    })
  }
}

/** After another theme was chosen: colours are measured when they have come to rest. One that is called off is over too. */
export async function animationsEnd(page: Page): Promise<void> {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
}

/** Fails where the page has an accessibility fault that is serious or worse. */
export async function checkAccessibility(page: Page): Promise<void> {
  // The page's policy allows no foreign script, but what the debugger evaluates is not the page's.
  await page.evaluate(await readFile(axe, 'utf8'))
  const violations = await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe is in the page only
    const found = await (globalThis as any).axe.run(document, { resultTypes: ['violations'] })
    return found.violations as {
      id: string
      impact: string
      help: string
      nodes: { html: string; failureSummary: string }[]
    }[]
  })
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = serious.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join('\n')}`,
  )
  assert.equal(told.join('\n'), '', `accessibility of ${page.url()}`)
}

/** Keeps a picture of the whole page, in the folder that DASHBOARD_SCREENSHOTS names, for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return
  await mkdir(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
}
