// A reader who copies every command of the documentation gets what it promises.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findGo, findPython, toolSettings } from '../sdk/toolchains.ts'
import { eventually } from './testing/eventually.ts'
import { isExample, makeClone, runExamples } from './testing/examples.ts'
import { anchors, codeBlocks, links, prose } from './testing/markdown.ts'
import { notRun } from './testing/not-run.ts'

const root = join(import.meta.dirname, '..')
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root }).sort()]
const read = (page: string): Promise<string> => readFile(join(root, page), 'utf8')
const hasExamples = (page: string): boolean => codeBlocks(page).some(isExample)

interface RunningServer {
  readonly url: string
  readonly key: string
  readonly dataDirectory: string
}

/** The server as people run it, in development mode, until the test is over. */
async function startServer(t: TestContext): Promise<RunningServer> {
  const dataDirectory = join(await makeClone(t), 'data')
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:ATLAS_|DATABASE_URL$)/.test(name))
  const child = spawn(process.execPath, [join(root, 'server', 'main.ts'), '--dev'], {
    env: { ...Object.fromEntries(inherited), ATLAS_PORT: '0', ATLAS_DATA_DIR: dataDirectory },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  t.after(async () => {
    child.kill('SIGTERM')
    await ended
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const find = () => {
    if (child.exitCode !== null) throw new Error(said)
    return /API +(\S+)[\s\S]*Key +(\S+)/.exec(said)
  }
  const [, url = '', key = ''] = await eventually(find, { describe: () => said })
  return { url, key, dataDirectory }
}

async function createWorkspace({ url, key }: RunningServer, slug: string): Promise<void> {
  const answer = await fetch(`${url}/v1/workspaces`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: slug, slug }),
  })
  assert.equal(answer.status, 201)
}

test('the examples work as they stand', { concurrency: true }, async (t) => {
  await Promise.all([t.test('the tour of the README', theTour), t.test('the pages in docs/', thePages)])
})

async function theTour(t: TestContext): Promise<void> {
  const clone = await makeClone(t)
  const env = { ATLAS_DATA_DIR: join(clone, 'data') }
  const { commands, terminals } = await runExamples(t, await read('README.md'), { clone, env })
  assert.match(commands, /verified evt_\w{26} deal\.created\n/)
  assert.match(commands, /all three were delivered\n/)
  const requests = terminals.match(/^\d{3} \/.*$/gm) ?? []
  assert.deepEqual(requests.slice(0, 4), [
    '200 /hook deal.created attempt 1',
    '500 /flaky contact.created attempt 1',
    '500 /flaky contact.created attempt 2',
    '200 /flaky contact.created attempt 3',
  ])
  const delivered = requests.filter((request) => request.startsWith('200 /flaky contact.updated'))
  assert(delivered.length >= 3, requests.join('\n'))
}

/** What a page needs that this machine does not have. */
function missingToolchain(page: string): string | null {
  const languages = new Set(codeBlocks(page).map(({ language }) => language))
  if (languages.has('python') && findPython() !== 'python3') return 'python3, 3.10 or newer, was not found'
  if (languages.has('go') && findGo() === null) return 'Go 1.24 or newer was not found'
  return null
}

async function thePages(t: TestContext): Promise<void> {
  const server = await startServer(t)
  const run = async (page: string, text: string): Promise<void> => {
    await t.test(page, async (t) => {
      const missing = missingToolchain(text)
      if (missing !== null) return notRun(t, missing)
      const slug = page.replace(/^docs\/|\.md$/g, '')
      await createWorkspace(server, slug)
      const { url, key, dataDirectory } = server
      const env = { ATLAS_SERVER: url, ATLAS_KEY: key, ATLAS_WORKSPACE: slug, ATLAS_DATA_DIR: dataDirectory }
      const { terminals } = await runExamples(t, text, {
        clone: await makeClone(t),
        env: { ...toolSettings, ...env },
      })
      if (slug.startsWith('sdk-')) assert.match(terminals, /^a deal of 48000$/m)
      if (slug !== 'deliveries') return
      for (const verifier of ['stripe', 'standardwebhooks', 'node:crypto']) {
        assert.match(terminals, new RegExp(`^${verifier} accepts evt_`, 'm'))
      }
      assert.match(terminals, /^again evt_\w{26} 1$/m)
    })
  }
  const texts = await Promise.all(pages.map(async (page) => ({ page, text: await read(page) })))
  const withExamples = texts.filter(({ page, text }) => page.startsWith('docs/') && hasExamples(text))
  assert(withExamples.length >= 7)
  await Promise.all(withExamples.map(({ page, text }) => run(page, text)))

  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  const names = [...metrics.matchAll(/^# TYPE (atlas_\w+)/gm)].map(([, name]) => name)
  const documented = [...(await read('docs/operations.md')).matchAll(/^\| `(atlas_\w+)` +\|/gm)].map(([, name]) => name)
  assert.deepEqual(documented.sort(), names.sort(), 'docs/operations.md lists every metric, and nothing else')
}

for (const page of pages) {
  test(`${page} links to what exists`, async () => {
    const text = await read(page)
    for (const link of links(text)) {
      if (/^https?:/.test(link)) continue
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : join(dirname(page), path)
      const linked = await read(target)
      if (anchor !== undefined) assert(anchors(linked).includes(anchor), `${link}: there is no such heading`)
    }
  })

  test(`${page} names files and tests that exist`, async () => {
    const text = prose(await read(page))
    for (const [, path = ''] of text.matchAll(/`((?:server|scripts|benchmarks|sdk|docs)\/[\w./*-]+)`/g)) {
      assert(globSync(path, { cwd: root }).length > 0, `${path}: there is no such file`)
    }
    for (const [, path = '', name = ''] of text.matchAll(/`(server\/\S+\.test\.ts)`: “([^”]+)”/g)) {
      assert((await read(path)).includes(name), `${path} has no test "${name}"`)
    }
  })
}
