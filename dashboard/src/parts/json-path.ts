import { jsonTokens } from './json-format.ts'

/** An object or array that has begun, and which of its values is being read. */
interface Level {
  readonly isArray: boolean
  at: string | number
  isKeyNext: boolean
}

/**
 * Where the value with this path begins in a JSON text, such as `lines.3.sku`: in characters from the start. Where there
 * is none, such as a member that is missing, the innermost one on the way to it.
 *
 * @param json valid JSON
 */
export function findPath(json: string, path: string): number {
  const levels: Level[] = []
  let found = 0
  let foundPath = ''
  for (const { 0: token, index } of json.matchAll(jsonTokens)) {
    const level = levels.at(-1)
    if (token === ':') continue
    if (token === ',' && level) {
      if (level.isArray) level.at = Number(level.at) + 1
      else level.isKeyNext = true
    } else if (token === '}' || token === ']') {
      levels.pop()
    } else if (level?.isKeyNext) {
      level.at = JSON.parse(token)
      level.isKeyNext = false
    } else {
      const here = levels.map(({ at }) => at).join('.')
      // Of a repeated name the last one counts.
      const isOnTheWay = levels.length === 0 || here === path || path.startsWith(`${here}.`)
      if (isOnTheWay && here.length >= foundPath.length) {
        found = index
        foundPath = here
      }
      if (token === '{') levels.push({ isArray: false, at: '', isKeyNext: true })
      if (token === '[') levels.push({ isArray: true, at: 0, isKeyNext: false })
    }
  }
  return found
}
