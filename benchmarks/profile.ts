import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { groupOf } from './profile-group.ts'

/** A stretch of a scenario in which a server was profiled. Times are those of the shared clock. */
export interface ProfiledWindow {
  readonly label: string
  readonly pid: number
  readonly from: number
  readonly until: number
  readonly events: number
}

export interface ProfileSummary {
  readonly label: string
  /** Microseconds per event, the biggest first. */
  readonly groups: readonly (readonly [string, number])[]
  readonly functions: readonly (readonly [string, number])[]
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const mostFunctions = 25

/** Where the server's main thread spent its time in a window, from the profile that Node.js wrote when it stopped. */
export async function summarize(directory: string, window: ProfiledWindow): Promise<ProfileSummary | null> {
  const file = (await readdir(directory)).find((name) => name.split('.').includes(String(window.pid)))
  if (file === undefined) return null
  return summarizeProfile(JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile, window)
}

export function summarizeProfile(profile: CpuProfile, window: ProfiledWindow): ProfileSummary {
  const parents = new Map(profile.nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])))
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const groups = new Map<string, number>()
  const functions = new Map<string, number>()
  let at = profile.startTime
  for (const [index, sample] of profile.samples.entries()) {
    const took = profile.timeDeltas[index] ?? 0
    at += took
    if (at < window.from || at >= window.until) continue
    const stack: { functionName: string; url: string }[] = []
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const frame = frames.get(id)
      if (frame) stack.push(frame)
    }
    const group = groupOf(stack)
    groups.set(group, (groups.get(group) ?? 0) + took)
    const frame = frames.get(sample)
    if (!frame || frame.functionName === '(idle)') continue
    const place = frame.url === '' ? group : `${shortened(frame.url)}:${frame.lineNumber + 1}`
    const name = `${frame.functionName || '(anonymous)'} ${place}`
    functions.set(name, (functions.get(name) ?? 0) + took)
  }
  const perEvent = (times: ReadonlyMap<string, number>) =>
    [...times].map(([name, us]) => [name, us / window.events] as const).sort(([, a], [, b]) => b - a)
  return { label: window.label, groups: perEvent(groups), functions: perEvent(functions).slice(0, mostFunctions) }
}

export function formatProfile({ label, groups, functions }: ProfileSummary): string {
  const line = ([name, us]: readonly [string, number]) => `${us.toFixed(2).padStart(8)}  ${name}`
  return [
    `${label}: µs per event on the server's main thread`,
    ...groups.map(line),
    'of which',
    ...functions.map(line),
  ].join('\n')
}

export function markdownProfile({ label, groups }: ProfileSummary): string {
  const lines = groups.map(([name, us]) => `| ${name} | ${us.toFixed(1)} |`)
  return [`| ${label} | µs per event |`, '| --- | --- |', ...lines].join('\n')
}

function shortened(url: string): string {
  return url.replace(/^file:\/\/.*?\/(?=(?:server|node_modules)\/)/, '').replace(/^.*node_modules\//, '')
}
