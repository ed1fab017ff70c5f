/** A fenced block of a Markdown page. */
export interface CodeBlock {
  readonly language: string
  /** What follows the language on the opening line; GitHub does not show it. */
  readonly note: string
  readonly code: string
  /** Of the opening fence, from 1. */
  readonly line: number
}

const fence = /^```(\w*) *(.*)\n([\s\S]*?)^```$/gm

export function codeBlocks(page: string): CodeBlock[] {
  return [...page.matchAll(fence)].map(({ index, 1: language = '', 2: note = '', 3: code = '' }) => {
    return { language, note, code, line: page.slice(0, index).split('\n').length }
  })
}

/** The page without its fenced blocks. */
export function prose(page: string): string {
  return page.replace(fence, '')
}

/** The targets of all links. */
export function links(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

/** The anchors that GitHub gives the headings. */
export function anchors(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
