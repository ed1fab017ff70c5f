import {
  changed,
  deleted,
  email,
  eventType,
  extend,
  id,
  list,
  listOfSome,
  recordTimes,
  text,
  timestamp,
} from './definition.ts'

const contact = {
  required: { id: id('The id of the contact.') },
  optional: {
    email: email('The address of the contact.'),
    first_name: text('The given name.'),
    last_name: text('The family name.'),
    phone: text('The telephone number, best in E.164 form.', '+4930123456'),
    title: text('The position in the company.', 'Head of Operations'),
    company_id: id('The company that the contact works for.'),
    owner_id: id('The user who looks after the contact.'),
    lifecycle_stage: text('How far the contact has come.', 'lead', 'customer'),
    tags: list('Labels of the contact.', text('A label.')),
    ...recordTimes,
  },
}

const merged = {
  merged_ids: listOfSome('The contacts that were merged into this one and are gone.', id('The id of a contact.')),
  merged_at: timestamp('When they were merged.'),
}

const example = {
  id: 'contact_01',
  email: 'mia.keller@northwind.example',
  first_name: 'Mia',
  last_name: 'Keller',
  phone: '+4930123456',
  title: 'Head of Operations',
  company_id: 'company_01',
  owner_id: 'usr_07',
  lifecycle_stage: 'lead',
  tags: ['newsletter'],
  created_at: '2026-01-12T08:15:00Z',
  updated_at: '2026-01-12T08:15:00Z',
}

export const contactEventTypes = [
  eventType('contact.created', 'Sent when a contact is created.', contact, example),
  eventType('contact.updated', 'Sent when fields of a contact change.', changed(contact), {
    ...example,
    title: 'Chief Operating Officer',
    updated_at: '2026-02-01T10:00:00Z',
    previous: { title: 'Head of Operations', updated_at: '2026-01-12T08:15:00Z' },
  }),
  eventType(
    'contact.merged',
    'Sent when duplicates of a contact are merged into it.',
    extend(contact, { required: merged }),
    { ...example, merged_ids: ['contact_17'], merged_at: '2026-02-05T13:20:00Z', updated_at: '2026-02-05T13:20:00Z' },
  ),
  eventType('contact.deleted', 'Sent when a contact is deleted.', deleted(contact), {
    ...example,
    deleted_at: '2026-04-01T08:00:00Z',
  }),
]
