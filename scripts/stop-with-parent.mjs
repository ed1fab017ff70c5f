// Loaded ahead of the program by run.mjs. When run.mjs is killed in a way that it cannot pass on (kill -9, out of
// memory), the channel to it closes; the program then stops as if it had been asked to, and no server is left behind.
import { isMainThread } from 'node:worker_threads'

if (isMainThread && process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // Listening must not keep a program alive that has nothing left to do.
  process.channel.unref()
}
