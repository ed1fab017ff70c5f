import { choice, count, email, eventType, extend, id, list, text, timestamp } from './definition.ts'

const activity = {
  required: { id: id('The id of the activity.'), occurred_at: timestamp('When it happened, not when it was logged.') },
  optional: {
    user_id: id('The user who logged it or took part in it.'),
    contact_ids: list('The contacts who took part.', id('The id of a contact.')),
    company_id: id('The company that it concerns.'),
    deal_id: id('The deal that it concerns.'),
  },
}

const direction = choice('Whether the contact or the user began it.', 'inbound', 'outbound')

const emailActivity = extend(activity, {
  required: {
    direction,
    from: email('The sender.'),
    to: list('The recipients.', email('An address.')),
    subject: text('The subject line.'),
  },
  optional: { cc: list('Who got a copy.', email('An address.')), snippet: text('The beginning of the text.') },
})

const callActivity = extend(activity, {
  required: { direction, duration_seconds: count('How long it lasted.') },
  optional: { outcome: text('What came of it.', 'connected', 'left_voicemail'), summary: text('What was said.') },
})

const meetingActivity = extend(activity, {
  required: { title: text('What the meeting was called.'), duration_seconds: count('How long it lasted.') },
  optional: {
    attendees: list('Who attended.', email('The address of an attendee.')),
    location: text('Where it took place.', 'Berlin office', 'video'),
    summary: text('What was said.'),
  },
})

const example = {
  occurred_at: '2026-01-16T10:00:00Z',
  user_id: 'usr_07',
  contact_ids: ['contact_01'],
  company_id: 'company_01',
  deal_id: 'deal_01',
}

export const activityEventTypes = [
  eventType('activity.email', 'Sent when an email with a contact is logged.', emailActivity, {
    ...example,
    id: 'activity_01',
    direction: 'outbound',
    from: 'jonas@vendor.example',
    to: ['mia.keller@northwind.example'],
    cc: [],
    subject: 'Your offer for 120 seats',
    snippet: 'Hello Mia, as discussed on Wednesday …',
  }),
  eventType('activity.call', 'Sent when a call with a contact is logged.', callActivity, {
    ...example,
    id: 'activity_02',
    direction: 'inbound',
    duration_seconds: 412,
    outcome: 'connected',
    summary: 'Asked for a two-year term.',
  }),
  eventType('activity.meeting', 'Sent when a meeting with a contact is logged.', meetingActivity, {
    ...example,
    id: 'activity_03',
    title: 'Product demo',
    duration_seconds: 2700,
    attendees: ['mia.keller@northwind.example', 'jonas@vendor.example'],
    location: 'video',
    summary: 'Wants a trial for the warehouse team.',
  }),
]
