// npm run bench [-- scenarios] [--seconds N] [--profile] [--write]: see README.md.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { Bench, type Scenario } from './bench.ts'
import { cleanUp } from './cleanup.ts'
import { describeMachine } from './machine.ts'
import { formatProfile, markdownProfile, type ProfileSummary, summarize } from './profile.ts'
import { updateReadme } from './readme.ts'
import { audit } from './scenarios/audit.ts'
import { auditStream } from './scenarios/audit-stream.ts'
import { bare } from './scenarios/bare.ts'
import { batched } from './scenarios/batched.ts'
import { claim } from './scenarios/claim.ts'
import { deliveries } from './scenarios/deliveries.ts'
import { drain } from './scenarios/drain.ts'
import { fanOut } from './scenarios/fan-out.ts'
import { filtering } from './scenarios/filters.ts'
import { latency } from './scenarios/latency.ts'
import { redelivery } from './scenarios/redelivery.ts'
import { serialized } from './scenarios/serialized.ts'
import { start } from './scenarios/start.ts'
import { sustained } from './scenarios/sustained.ts'
import { tunnel } from './scenarios/tunnel.ts'
import { formatTable, markdownTable, type Row } from './table.ts'

const scenarios: readonly Scenario[] = [
  ...[bare, sustained, latency, fanOut, filtering],
  ...[serialized, batched, redelivery, drain, claim, audit, auditStream, deliveries, tunnel, start],
]

const usage = `usage: npm run bench -- [scenarios] [--seconds N] [--profile] [--write]
${scenarios.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}
  --seconds N  measure each figure for N seconds instead of 30 (below 30 also with smaller backlogs)
  --profile    profile the server, which costs it speed, and show where its time goes
  --write      put the result into benchmarks/README.md: the table of a full run, or the profile`

interface Choice {
  readonly chosen: readonly Scenario[]
  readonly seconds: number
  readonly profile: boolean
  readonly write: boolean
}

function choose(): Choice | string {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '30' },
      profile: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { profile, write } = values
  const seconds = Number(values.seconds)
  const unknown = positionals.find((name) => !scenarios.some((scenario) => scenario.name === name))
  if (values.help) return usage
  if (unknown !== undefined) return `There is no scenario "${unknown}".\n${usage}`
  if (!(seconds >= 1 && seconds <= 3600)) return `--seconds takes a number from 1 to 3600.\n${usage}`
  const full = positionals.length === 0 && seconds === 30
  if (write && !profile && !full) return '--write takes a full run, or --profile.'
  const chosen = positionals.length === 0 ? scenarios : scenarios.filter(({ name }) => positionals.includes(name))
  return { chosen, seconds, profile, write }
}

let interrupted = false

async function measure({ chosen, seconds, profile, write }: Choice): Promise<boolean> {
  console.error(
    `load average at the start: ${loadavg()[0]?.toFixed(2)} (figures are only worth something on a quiet machine)`,
  )
  const bench = await Bench.open({ seconds, profile })
  const rows: Row[] = []
  for (const scenario of chosen) {
    try {
      rows.push(...(await scenario.run(bench)))
    } catch (error) {
      if (interrupted) return false
      // The others are still worth their time.
      bench.fail(`${scenario.name}: ${error instanceof Error ? error.stack : error}`)
    }
  }
  const machine = describeMachine(await bench.postgresVersion(), new Date())
  console.log(`\n${machine}\n${seconds} s for each figure\n\n${formatTable(rows)}`)
  const profiles = await summaries(bench)
  for (const summary of profiles) console.log(`\n${formatProfile(summary)}`)
  if (bench.failures.length > 0) console.log(`\nFAILED:\n${bench.failures.map((what) => `  ${what}`).join('\n')}`)
  else if (write && profile) await updateReadme('profile', profiles.map(markdownProfile).join('\n\n'))
  else if (write) await updateReadme('results', `${machine}\n\n${markdownTable(rows)}`)
  return bench.failures.length === 0
}

async function summaries(bench: Bench): Promise<ProfileSummary[]> {
  const { profileDirectory } = bench
  if (profileDirectory === null) return []
  const found = await Promise.all(bench.profiled.map((window) => summarize(profileDirectory, window)))
  return found.filter((summary) => summary !== null)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error('stopping')
    interrupted = true
    void cleanUp().finally(() => process.exit(130))
  })
}

const choice = choose()
if (typeof choice === 'string') {
  console.error(choice)
  process.exitCode = 2
} else {
  const passed = await measure(choice).catch((error: unknown) => {
    console.error(error)
    return false
  })
  await cleanUp()
  // The exit code is about correctness: a figure that misses its target shows in the table.
  process.exit(passed ? 0 : 1)
}
