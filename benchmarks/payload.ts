import { writeDigits } from './http-framing.ts'

// The receiver finds the two numbers by this mark, wherever they stand in what it gets. Their names are in the order of
// the alphabet, which is that of the metadata of audit entries.
export const sentAtMark = '"sent_at":"'
const sentAtWidth = 16
/** From the first digit of `sent_at` to the first digit of `sent_number`. */
export const numberDistance = sentAtWidth + '","sent_number":"'.length
const numberWidth = 10
const eventBytes = 1024

/** An event as it is published, of 1,024 bytes: looks like a record of a product, with room for time and number. */
export function eventText(type: string): string {
  const event = {
    type,
    data: {
      sent_at: '0'.repeat(sentAtWidth),
      sent_number: '0'.repeat(numberWidth),
      id: 'deal_01htrkd4qpe3zb4y1mkfa5v5p8',
      value: 48000.5,
      stage: 'qualified',
      owner: { id: 'usr_01htrkd4qp', name: 'Ada Byron', email: 'ada@acme.example' },
      customer: { id: 'cus_01htrkd4qp', name: 'Acme Corporation', country: 'CH', segments: ['enterprise', 'retail'] },
      lines: [1, 2, 3].map((line) => ({ line, sku: `sku-00${line}`, quantity: line * 2, price: 129.9, taxed: true })),
      previous: { stage: 'new', value: null },
      note: '',
    },
  }
  event.data.note = 'lorem ipsum dolor sit amet '.repeat(40).slice(0, eventBytes - JSON.stringify(event).length)
  return JSON.stringify(event)
}

/** An audit entry as it is recorded, of some 450 bytes. `type` is its category and its action: `bench.e00`. */
export function entryText(type: string): string {
  const [category, action] = type.split('.')
  return JSON.stringify({
    ...{ category, action },
    actor: { type: 'user', id: 'usr_01htrkd4qp', name: 'Ada Byron', ip: '192.0.2.17' },
    target: { type: 'environment', id: 'env_01htrkd4qp', name: 'production' },
    description: 'Ada Byron changed the settings of the environment production.',
    metadata: {
      changes: { replicas: { before: 2, after: 3 }, region: { before: 'eu-west-1', after: 'eu-central-1' } },
      ...{ sent_at: '0'.repeat(sentAtWidth), sent_number: '0'.repeat(numberWidth) },
    },
  })
}

/** The JSON text of the data alone. */
export function dataText(): string {
  const event: { data: unknown } = JSON.parse(eventText('bench.e00'))
  return JSON.stringify(event.data)
}

/** Where the two numbers stand in `bytes`, for each event in it. */
export function findStamps(bytes: Buffer): number[] {
  const stamps: number[] = []
  for (let at = bytes.indexOf(sentAtMark); at >= 0; at = bytes.indexOf(sentAtMark, at + 1)) {
    stamps.push(at + sentAtMark.length)
  }
  return stamps
}

/** Writes time and number of an event into its place. */
export function stamp(bytes: Buffer, at: number, sentAt: number, number: number): void {
  writeDigits(bytes, at, sentAtWidth, sentAt)
  writeDigits(bytes, at + numberDistance, numberWidth, number)
}
