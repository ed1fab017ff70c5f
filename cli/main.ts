import { judge } from './failure.ts'
import { createProgram } from './program.ts'

// Who reads our output may have had enough of it, such as head.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await createProgram().parseAsync()
} catch (error) {
  const { exitCode, message } = judge(error)
  if (message !== null) process.stderr.write(`error: ${message}\n`)
  process.exitCode = exitCode
}
