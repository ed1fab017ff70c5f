import { changed, deleted, eventType, flag, id, recordTimes, reference, text } from './definition.ts'

const note = {
  required: { id: id('The id of the note.'), body: text('The text of the note.') },
  optional: {
    author_id: id('The user who wrote it.'),
    attached_to: reference('The record that it is attached to.'),
    pinned: flag('Whether it is kept at the top.'),
    ...recordTimes,
  },
}

const example = {
  id: 'note_01',
  body: 'Decision falls in the week of 9 March; Mia prepares the board paper.',
  author_id: 'usr_07',
  attached_to: { type: 'deal', id: 'deal_01' },
  pinned: false,
  created_at: '2026-02-20T11:00:00Z',
  updated_at: '2026-02-20T11:00:00Z',
}

export const noteEventTypes = [
  eventType('note.created', 'Sent when a note is written.', note, example),
  eventType('note.updated', 'Sent when a note is edited, moved or pinned.', changed(note), {
    ...example,
    pinned: true,
    updated_at: '2026-02-21T08:30:00Z',
    previous: { pinned: false, updated_at: '2026-02-20T11:00:00Z' },
  }),
  eventType('note.deleted', 'Sent when a note is deleted.', deleted(note), {
    ...example,
    deleted_at: '2026-04-01T08:00:00Z',
  }),
]
