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
