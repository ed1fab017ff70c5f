import {
  amount,
  changed,
  currency,
  date,
  deleted,
  eventType,
  extend,
  id,
  list,
  recordTimes,
  text,
  timestamp,
} from './definition.ts'

const deal = {
  required: {
    id: id('The id of the deal.'),
    value: amount('What the deal is worth.'),
    stage: text('The stage of the pipeline that the deal is in.', 'qualified', 'proposal', 'negotiation'),
  },
  optional: {
    name: text('The name of the deal.'),
    currency,
    pipeline: text('The pipeline that the stage belongs to.', 'new_business', 'renewals'),
    probability: { type: 'number', minimum: 0, maximum: 100, description: 'The chance to win it, in percent.' },
    expected_close_date: date('The day on which it is expected to close.'),
    owner_id: id('The user who is responsible for the deal.'),
    company_id: id('The company that would buy.'),
    contact_ids: list('The contacts who take part.', id('The id of a contact.')),
    ...recordTimes,
  },
}

const closed = { closed_at: timestamp('When the deal was closed.') }

const example = {
  id: 'deal_01',
  name: 'Northwind: 120 seats, two years',
  value: 48000,
  currency: 'EUR',
  stage: 'qualified',
  pipeline: 'new_business',
  probability: 40,
  expected_close_date: '2026-03-31',
  owner_id: 'usr_07',
  company_id: 'company_01',
  contact_ids: ['contact_01', 'contact_02'],
  created_at: '2026-01-15T09:30:00Z',
  updated_at: '2026-01-15T09:30:00Z',
}

export const dealEventTypes = [
  eventType('deal.created', 'Sent when a deal is created.', deal, example),
  eventType('deal.updated', 'Sent when fields of a deal change, its stage excepted.', changed(deal), {
    ...example,
    value: 52000,
    updated_at: '2026-01-20T14:05:00Z',
    previous: { value: 48000, updated_at: '2026-01-15T09:30:00Z' },
  }),
  eventType('deal.stage_changed', 'Sent when a deal moves to another stage of its pipeline.', changed(deal, 'stage'), {
    ...example,
    stage: 'proposal',
    probability: 60,
    updated_at: '2026-02-03T11:12:00Z',
    previous: { stage: 'qualified', probability: 40, updated_at: '2026-01-15T09:30:00Z' },
  }),
  eventType('deal.closed_won', 'Sent when a deal is won.', extend(deal, { required: closed }), {
    ...example,
    stage: 'closed_won',
    probability: 100,
    closed_at: '2026-03-12T16:40:00Z',
    updated_at: '2026-03-12T16:40:00Z',
  }),
  eventType(
    'deal.closed_lost',
    'Sent when a deal is lost.',
    extend(deal, {
      required: closed,
      optional: {
        lost_reason: text('Why it was lost.', 'price', 'no_decision'),
        competitor: text('Who won it instead.'),
      },
    }),
    {
      ...example,
      stage: 'closed_lost',
      probability: 0,
      closed_at: '2026-03-12T16:40:00Z',
      lost_reason: 'no_decision',
      competitor: null,
      updated_at: '2026-03-12T16:40:00Z',
    },
  ),
  eventType('deal.deleted', 'Sent when a deal is deleted.', deleted(deal), {
    ...example,
    deleted_at: '2026-04-01T08:00:00Z',
  }),
]
