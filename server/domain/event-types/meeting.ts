import {
  changed,
  count,
  email,
  eventType,
  extend,
  id,
  list,
  listOfSome,
  object,
  text,
  timestamp,
  url,
} from './definition.ts'

const attendee = object('A person who is invited.', {
  required: { email: email('The address of the person.') },
  optional: { name: text('The name of the person.'), contact_id: id('The contact, if the person is one.') },
})

const meeting = {
  required: {
    id: id('The id of the meeting.'),
    title: text('What the meeting is called.'),
    starts_at: timestamp('When it begins.'),
    ends_at: timestamp('When it ends.'),
  },
  optional: {
    time_zone: text('The time zone of the organizer, as an IANA name.', 'Europe/Berlin'),
    location: text('Where it takes place.'),
    conference_url: url('Where to join by video.'),
    organizer_id: id('The user who invited.'),
    attendees: list('Who is invited.', attendee),
    company_id: id('The company that it concerns.'),
    deal_id: id('The deal that it concerns.'),
  },
}

const reason = text('The reason that was given.')

const example = {
  id: 'meeting_01',
  title: 'Product demo',
  starts_at: '2026-01-22T13:00:00Z',
  ends_at: '2026-01-22T13:45:00Z',
  time_zone: 'Europe/Berlin',
  location: null,
  conference_url: 'https://meet.vendor.example/demo-northwind',
  organizer_id: 'usr_07',
  attendees: [{ email: 'mia.keller@northwind.example', name: 'Mia Keller', contact_id: 'contact_01' }],
  company_id: 'company_01',
  deal_id: 'deal_01',
}

export const meetingEventTypes = [
  eventType('meeting.scheduled', 'Sent when a meeting is booked.', meeting, example),
  eventType(
    'meeting.rescheduled',
    'Sent when a meeting is moved to another time.',
    extend(changed(meeting, 'starts_at', 'ends_at'), { optional: { reason } }),
    {
      ...example,
      starts_at: '2026-01-23T09:00:00Z',
      ends_at: '2026-01-23T09:45:00Z',
      reason: 'Attendee is travelling',
      previous: { starts_at: '2026-01-22T13:00:00Z', ends_at: '2026-01-22T13:45:00Z' },
    },
  ),
  eventType(
    'meeting.completed',
    'Sent when a meeting has taken place.',
    extend(meeting, {
      required: { completed_at: timestamp('When it was over.') },
      optional: {
        duration_seconds: count('How long it lasted.'),
        outcome: text('What came of it.', 'follow_up', 'won'),
        summary: text('What was said.'),
      },
    }),
    {
      ...example,
      completed_at: '2026-01-22T13:48:10Z',
      duration_seconds: 2830,
      outcome: 'follow_up',
      summary: 'Wants a trial for the warehouse team.',
    },
  ),
  eventType(
    'meeting.canceled',
    'Sent when a meeting is called off before it begins.',
    extend(meeting, {
      required: { canceled_at: timestamp('When it was called off.') },
      optional: { canceled_by: email('Who called it off.'), reason },
    }),
    {
      ...example,
      canceled_at: '2026-01-21T17:30:00Z',
      canceled_by: 'mia.keller@northwind.example',
      reason: 'Budget was postponed',
    },
  ),
  eventType(
    'meeting.no_show',
    'Sent when invited people do not come to a meeting.',
    extend(meeting, { required: { absent: listOfSome('Who did not come.', email('The address of a person.')) } }),
    { ...example, absent: ['mia.keller@northwind.example'] },
  ),
]
