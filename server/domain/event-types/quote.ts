import {
  amount,
  currency,
  date,
  email,
  eventType,
  extend,
  id,
  list,
  object,
  recordTimes,
  text,
  timestamp,
  url,
} from './definition.ts'

const item = object('A line of the quote.', {
  required: {
    name: text('What is offered.'),
    quantity: { type: 'number', minimum: 0, description: 'How many.' },
    unit_price: amount('The price of one.'),
  },
})

const quote = {
  required: { id: id('The id of the quote.'), total: amount('The sum of the quote.'), currency },
  optional: {
    number: text('The number that the customer sees.', 'Q-2026-0042'),
    status: text('The state that it is in.', 'draft', 'sent', 'accepted', 'declined', 'expired'),
    valid_until: date('The last day on which it can be accepted.'),
    items: list('What is offered.', item),
    url: url('Where the customer can read it.'),
    deal_id: id('The deal that it belongs to.'),
    company_id: id('The company that it is for.'),
    owner_id: id('The user who is responsible for it.'),
    ...recordTimes,
  },
}

const signer = object('Who answered for the customer.', {
  required: { email: email('The address of the person.') },
  optional: { name: text('The name of the person.') },
})

const example = {
  id: 'quote_01',
  number: 'Q-2026-0042',
  status: 'draft',
  total: 48000,
  currency: 'EUR',
  valid_until: '2026-03-15',
  items: [
    { name: 'Seats, two years', quantity: 120, unit_price: 375 },
    { name: 'Onboarding', quantity: 1, unit_price: 3000 },
  ],
  url: 'https://quotes.vendor.example/Q-2026-0042',
  deal_id: 'deal_01',
  company_id: 'company_01',
  owner_id: 'usr_07',
  created_at: '2026-02-12T10:00:00Z',
  updated_at: '2026-02-12T10:00:00Z',
}

const mia = { email: 'mia.keller@northwind.example', name: 'Mia Keller' }

export const quoteEventTypes = [
  eventType('quote.created', 'Sent when a quote is drawn up.', quote, example),
  eventType(
    'quote.sent',
    'Sent when a quote goes out to the customer.',
    extend(quote, {
      required: { sent_at: timestamp('When it went out.') },
      optional: { recipients: list('Who got it.', email('An address.')) },
    }),
    { ...example, status: 'sent', sent_at: '2026-02-13T09:00:00Z', recipients: ['mia.keller@northwind.example'] },
  ),
  eventType(
    'quote.accepted',
    'Sent when the customer accepts a quote.',
    extend(quote, {
      required: { accepted_at: timestamp('When it was accepted.') },
      optional: { accepted_by: signer },
    }),
    { ...example, status: 'accepted', accepted_at: '2026-03-12T16:30:00Z', accepted_by: mia },
  ),
  eventType(
    'quote.declined',
    'Sent when the customer declines a quote.',
    extend(quote, {
      required: { declined_at: timestamp('When it was declined.') },
      optional: { declined_by: signer, reason: text('The reason that was given.') },
    }),
    {
      ...example,
      status: 'declined',
      declined_at: '2026-03-12T16:30:00Z',
      declined_by: mia,
      reason: 'Budget was postponed',
    },
  ),
  eventType(
    'quote.expired',
    'Sent when a quote passes its last day without an answer.',
    extend(quote, { required: { expired_at: timestamp('When it expired.') } }),
    { ...example, status: 'expired', expired_at: '2026-03-16T00:00:00Z' },
  ),
]
