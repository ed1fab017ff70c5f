// Loaded ahead of every test file by test.mjs. The runner's own limit covers single tests only: a file that leaves a
// socket or a process open after its last test would keep the whole run waiting, with no word about what it waits for.
const limitMs = 300_000

if (process.env.NODE_TEST_CONTEXT === 'child-v8') {
  const fail = () => {
    console.error(`Not finished after ${limitMs / 1000} s; still open: ${process.getActiveResourcesInfo().join(', ')}`)
    process.exit(1)
  }
  setTimeout(fail, limitMs).unref()
}
