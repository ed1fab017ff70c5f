import { changed, deleted, eventType, extend, id, recordTimes, reference, text, timestamp } from './definition.ts'

const dueAt = timestamp('When it has to be done.')
const assigneeId = id('The user who has to do it.')

const task = {
  required: { id: id('The id of the task.'), title: text('What is to be done.') },
  optional: {
    status: text('How far it has come.', 'open', 'in_progress', 'completed'),
    priority: text('How urgent it is.', 'low', 'normal', 'high'),
    due_at: dueAt,
    assignee_id: assigneeId,
    creator_id: id('The user who created it.'),
    related_to: reference('The record that it is about.'),
    ...recordTimes,
  },
}

const example = {
  id: 'task_01',
  title: 'Send the security questionnaire',
  status: 'open',
  priority: 'high',
  due_at: '2026-01-23T16:00:00Z',
  assignee_id: 'usr_07',
  creator_id: 'usr_03',
  related_to: { type: 'deal', id: 'deal_01' },
  created_at: '2026-01-16T10:30:00Z',
  updated_at: '2026-01-16T10:30:00Z',
}

export const taskEventTypes = [
  eventType('task.created', 'Sent when a task is created.', task, example),
  eventType('task.updated', 'Sent when fields of a task change.', changed(task), {
    ...example,
    due_at: '2026-01-26T16:00:00Z',
    updated_at: '2026-01-20T09:00:00Z',
    previous: { due_at: '2026-01-23T16:00:00Z', updated_at: '2026-01-16T10:30:00Z' },
  }),
  eventType(
    'task.assigned',
    'Sent when a task is given to a user, for the first time or anew.',
    extend(changed(task, 'assignee_id'), { required: { assignee_id: assigneeId } }),
    {
      ...example,
      assignee_id: 'usr_11',
      updated_at: '2026-01-17T09:00:00Z',
      previous: { assignee_id: 'usr_07', updated_at: '2026-01-16T10:30:00Z' },
    },
  ),
  eventType(
    'task.completed',
    'Sent when a task is marked as done.',
    extend(task, {
      required: { completed_at: timestamp('When it was done.') },
      optional: { completed_by_id: id('The user who did it.') },
    }),
    {
      ...example,
      status: 'completed',
      completed_at: '2026-01-22T15:10:00Z',
      completed_by_id: 'usr_07',
      updated_at: '2026-01-22T15:10:00Z',
    },
  ),
  eventType(
    'task.overdue',
    'Sent when the due time of an open task passes.',
    extend(task, { required: { due_at: dueAt } }),
    example,
  ),
  eventType('task.deleted', 'Sent when a task is deleted.', deleted(task), {
    ...example,
    deleted_at: '2026-04-01T08:00:00Z',
  }),
]
