import {
  amount,
  changed,
  count,
  currency,
  deleted,
  eventType,
  extend,
  hostname,
  id,
  list,
  listOfSome,
  object,
  recordTimes,
  text,
  timestamp,
} from './definition.ts'

const address = object('The postal address.', {
  required: {},
  optional: {
    street: text('Street and house number.'),
    city: text('The city.'),
    postal_code: text('The postal code.'),
    region: text('The state or province.'),
    country: { type: 'string', pattern: '^[A-Z]{2}$', description: 'The country, as an ISO 3166-1 alpha-2 code.' },
  },
})

const company = {
  required: { id: id('The id of the company.'), name: text('The name of the company.') },
  optional: {
    domain: hostname('The domain of its website and mail addresses.'),
    industry: text('What it does.', 'logistics', 'software'),
    employee_count: count('How many people work there.'),
    annual_revenue: amount('What it earns in a year.'),
    currency,
    phone: text('The telephone number, best in E.164 form.', '+4930123456'),
    address,
    owner_id: id('The user who looks after the company.'),
    tags: list('Labels of the company.', text('A label.')),
    ...recordTimes,
  },
}

const merged = {
  merged_ids: listOfSome('The companies that were merged into this one and are gone.', id('The id of a company.')),
  merged_at: timestamp('When they were merged.'),
}

const example = {
  id: 'company_01',
  name: 'Northwind Logistics GmbH',
  domain: 'northwind.example',
  industry: 'logistics',
  employee_count: 240,
  annual_revenue: 31500000,
  currency: 'EUR',
  phone: '+4930123400',
  address: { street: 'Hafenstraße 12', city: 'Berlin', postal_code: '10997', region: null, country: 'DE' },
  owner_id: 'usr_07',
  tags: ['target-account'],
  created_at: '2026-01-12T08:10:00Z',
  updated_at: '2026-01-12T08:10:00Z',
}

export const companyEventTypes = [
  eventType('company.created', 'Sent when a company is created.', company, example),
  eventType('company.updated', 'Sent when fields of a company change.', changed(company), {
    ...example,
    employee_count: 265,
    updated_at: '2026-02-01T10:00:00Z',
    previous: { employee_count: 240, updated_at: '2026-01-12T08:10:00Z' },
  }),
  eventType(
    'company.merged',
    'Sent when duplicates of a company are merged into it.',
    extend(company, { required: merged }),
    { ...example, merged_ids: ['company_09'], merged_at: '2026-02-05T13:25:00Z', updated_at: '2026-02-05T13:25:00Z' },
  ),
  eventType('company.deleted', 'Sent when a company is deleted.', deleted(company), {
    ...example,
    deleted_at: '2026-04-01T08:00:00Z',
  }),
]
