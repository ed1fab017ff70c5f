// They make text look like another one, such as a file name with its end first.
const marks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** The text with marks that turn its direction around shown as what they are, as JSON would escape them. */
export function showDirectionMarks(text: string): string {
  return text.replaceAll(marks, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
