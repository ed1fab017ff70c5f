import { changed, deleted, eventType, extend, id, list, recordTimes, text, timestamp } from './definition.ts'

const assigneeId = id('The user who works on it.')

const ticket = {
  required: {
    id: id('The id of the ticket.'),
    subject: text('What it is about, in a line.'),
    status: text('How far it has come.', 'open', 'pending', 'resolved', 'closed'),
  },
  optional: {
    priority: text('How urgent it is.', 'low', 'normal', 'high', 'urgent'),
    channel: text('How it came in.', 'email', 'chat', 'phone'),
    requester_id: id('The contact who asked.'),
    company_id: id('The company that it concerns.'),
    assignee_id: assigneeId,
    team: text('The team that is responsible.'),
    tags: list('Labels of the ticket.', text('A label.')),
    ...recordTimes,
  },
}

const reason = text('The reason that was given.')

const example = {
  id: 'ticket_01',
  subject: 'Export stops after 10,000 rows',
  status: 'open',
  priority: 'high',
  channel: 'email',
  requester_id: 'contact_01',
  company_id: 'company_01',
  assignee_id: 'usr_21',
  team: 'support',
  tags: ['export'],
  created_at: '2026-02-10T07:45:00Z',
  updated_at: '2026-02-10T07:45:00Z',
}

export const ticketEventTypes = [
  eventType('ticket.created', 'Sent when a ticket is opened.', ticket, { ...example, assignee_id: null }),
  eventType('ticket.updated', 'Sent when fields of a ticket change.', changed(ticket), {
    ...example,
    priority: 'urgent',
    updated_at: '2026-02-10T09:00:00Z',
    previous: { priority: 'high', updated_at: '2026-02-10T07:45:00Z' },
  }),
  eventType(
    'ticket.assigned',
    'Sent when a ticket is given to a user, for the first time or anew.',
    extend(changed(ticket, 'assignee_id'), { required: { assignee_id: assigneeId } }),
    {
      ...example,
      updated_at: '2026-02-10T07:52:00Z',
      previous: { assignee_id: null, updated_at: '2026-02-10T07:45:00Z' },
    },
  ),
  eventType(
    'ticket.escalated',
    'Sent when a ticket is passed to a higher level of support.',
    extend(ticket, {
      required: { escalated_at: timestamp('When it was passed on.') },
      optional: { level: text('The level that it is on now.', 'tier_2', 'engineering'), reason },
    }),
    {
      ...example,
      priority: 'urgent',
      team: 'engineering',
      escalated_at: '2026-02-10T10:15:00Z',
      level: 'engineering',
      reason: 'Reproduced, needs a fix',
      updated_at: '2026-02-10T10:15:00Z',
    },
  ),
  eventType(
    'ticket.resolved',
    'Sent when a ticket is answered for good, in the view of support.',
    extend(ticket, {
      required: { resolved_at: timestamp('When it was resolved.') },
      optional: { resolution: text('What resolved it.') },
    }),
    {
      ...example,
      status: 'resolved',
      resolved_at: '2026-02-11T15:00:00Z',
      resolution: 'Fixed in version 4.2.1',
      updated_at: '2026-02-11T15:00:00Z',
    },
  ),
  eventType(
    'ticket.reopened',
    'Sent when a resolved or closed ticket is opened again.',
    extend(ticket, { required: { reopened_at: timestamp('When it was opened again.') }, optional: { reason } }),
    {
      ...example,
      reopened_at: '2026-02-12T08:05:00Z',
      reason: 'Still stops, at 20,000 rows',
      updated_at: '2026-02-12T08:05:00Z',
    },
  ),
  eventType(
    'ticket.closed',
    'Sent when a ticket is closed and no answer is expected any more.',
    extend(ticket, { required: { closed_at: timestamp('When it was closed.') } }),
    { ...example, status: 'closed', closed_at: '2026-02-16T08:00:00Z', updated_at: '2026-02-16T08:00:00Z' },
  ),
  eventType('ticket.deleted', 'Sent when a ticket is deleted.', deleted(ticket), {
    ...example,
    deleted_at: '2026-04-01T08:00:00Z',
  }),
]
