/** How names are spelt in each language, from `deal.stage_changed`, `rotateSecret` or `dead_letters`. */

function words(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

export function pascalCase(name: string): string {
  return words(name).map(capital).join('')
}

export function snakeCase(name: string): string {
  return words(name).join('_')
}

const initialisms: Readonly<Record<string, string>> = { ids: 'IDs' }
for (const word of ['id', 'url', 'ip', 'api', 'cc']) Object.assign(initialisms, { [word]: word.toUpperCase() })

/** An exported name of Go, with the initialisms that its linters ask for. */
export function goName(name: string): string {
  return words(name)
    .map((word) => initialisms[word] ?? capital(word))
    .join('')
}

/** A name of Go for a parameter. */
export function goParameter(name: string): string {
  const [first = '', ...rest] = words(name)
  return first + rest.map((word) => initialisms[word] ?? capital(word)).join('')
}

/** The text in lines of at most so many characters. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines = ['']
    for (const word of paragraph.split(' ')) {
      const last = lines.at(-1) ?? ''
      if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
      else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
    }
    return lines
  })
}
