/** A mail before it is told how it looks: everything in it is plain text, and a line at the most. */
export interface MailDraft {
  readonly heading: string
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** Null, or without lines: there is none. */
  readonly list: { readonly title: string; readonly lines: readonly string[] } | null
  /** What the reader may do. */
  readonly action: { readonly link: string; readonly text: string; readonly button: string } | null
  readonly footer: string
  readonly tone: 'good' | 'bad' | 'plain'
}

export interface MailText {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Subject, text and HTML with the same content. */
export function renderMail(draft: MailDraft): MailText {
  return { subject: draft.subject, text: asText(draft), html: asHtml(draft) }
}

/**
 * What strangers wrote, on one line: it must neither begin a header or a line of its own, nor turn the direction of what
 * stands behind it.
 */
export function line(text: string, longest: number): string {
  const flat = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  const letters = Array.from(flat)
  return letters.length <= longest ? flat : `${letters.slice(0, longest - 1).join('')}…`
}

/**
 * A name that strangers chose, on one line, and so that no mail program makes a link of it: people would take the link
 * for ours.
 */
export function nameInMail(text: string, longest: number): string {
  return line(text, longest)
    .replace(/[.．。｡](?=\S)/gu, '[.]')
    .replace(/:(?=\S)/gu, '[:]')
    .replace(/@(?=\S)/gu, '[at]')
}

export function timeInMail(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function asText({ paragraphs, facts, list, action, footer }: MailDraft): string {
  const width = Math.max(0, ...facts.map(([name]) => name.length)) + 2
  const table = facts.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}`)
  const blocks = [
    ...paragraphs,
    ...(table.length > 0 ? [table.join('\n')] : []),
    ...(list && list.lines.length > 0 ? [`${list.title}:\n${list.lines.map((each) => `- ${each}`).join('\n')}`] : []),
    ...(action ? [`${action.text}: ${action.link}`] : []),
    `-- \n${footer}`,
  ]
  return `${blocks.join('\n\n')}\n`
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => escapes[letter] ?? '')
}

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const cell = 'padding:6px 0;vertical-align:top;border-bottom:1px solid #e5e7eb'
const colours = { good: '#16a34a', bad: '#dc2626', plain: '#1f2937' }

function asHtml({ heading, paragraphs, facts, list, action, footer, tone }: MailDraft): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><td style="${cell};color:#6b7280;white-space:nowrap;padding-right:16px">${escaped(name)}</td>` +
      `<td style="${cell};word-break:break-word">${escaped(value)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(heading)}</title></head>
<body style="margin:0;padding:24px;background:#f3f4f6;${font};font-size:15px;line-height:1.5;color:#111827">
<div style="max-width:600px;margin:0 auto;padding:24px;background:#ffffff;border-top:4px solid ${colours[tone]}">
<h1 style="margin:0 0 16px;font-size:20px">${escaped(heading)}</h1>
${paragraphs.map((text) => `<p style="margin:0 0 16px">${escaped(text)}</p>`).join('\n')}
${rows.length === 0 ? '' : `<table role="presentation" style="width:100%;border-collapse:collapse;font-size:14px">\n${rows.join('\n')}\n</table>`}
${listAsHtml(list)}
${action === null ? '' : `<p style="margin:24px 0"><a href="${escaped(action.link)}" style="display:inline-block;padding:10px 16px;background:#1f2937;color:#ffffff;text-decoration:none">${escaped(action.button)}</a></p>`}
<p style="margin:0;font-size:12px;color:#6b7280">${escaped(footer)}</p>
</div>
</body>
</html>
`
}

function listAsHtml(list: MailDraft['list']): string {
  if (!list || list.lines.length === 0) return ''
  const items = list.lines.map((text) => `<li style="margin:4px 0;word-break:break-word">${escaped(text)}</li>`)
  return `<h2 style="margin:24px 0 8px;font-size:15px">${escaped(list.title)}</h2>\n<ul style="margin:0;padding-left:20px;font-size:14px">\n${items.join('\n')}\n</ul>`
}
