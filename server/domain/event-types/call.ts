import { choice, count, eventType, extend, flag, id, object, text, timestamp, url } from './definition.ts'

const call = {
  required: {
    id: id('The id of the call.'),
    direction: choice('Who called: a contact (inbound) or a user (outbound).', 'inbound', 'outbound'),
    from: text('The number that called, best in E.164 form.', '+4930123456'),
    to: text('The number that was called, best in E.164 form.', '+4989987654'),
  },
  optional: {
    user_id: id('The user who called or was called.'),
    contact_id: id('The contact who called or was called.'),
    company_id: id('The company that it concerns.'),
    deal_id: id('The deal that it concerns.'),
  },
}

const startedAt = timestamp('When the call began.')

const recording = object('The recording.', {
  required: { url: url('Where to fetch it.'), duration_seconds: count('How long it is.') },
  optional: {
    content_type: text('Its media type.', 'audio/mpeg'),
    expires_at: timestamp('When the URL stops working.'),
    transcript_url: url('Where to fetch the text of it.'),
  },
})

const example = {
  id: 'call_01',
  direction: 'inbound',
  from: '+4930123456',
  to: '+4989987654',
  user_id: 'usr_07',
  contact_id: 'contact_01',
  company_id: 'company_01',
  deal_id: 'deal_01',
}

export const callEventTypes = [
  eventType('call.started', 'Sent when a call is answered.', extend(call, { required: { started_at: startedAt } }), {
    ...example,
    started_at: '2026-01-19T08:58:03Z',
  }),
  eventType(
    'call.completed',
    'Sent when an answered call ends.',
    extend(call, {
      required: {
        started_at: startedAt,
        ended_at: timestamp('When the call ended.'),
        duration_seconds: count('How long it lasted.'),
      },
      optional: { outcome: text('What came of it.', 'connected', 'callback_requested') },
    }),
    {
      ...example,
      started_at: '2026-01-19T08:58:03Z',
      ended_at: '2026-01-19T09:04:55Z',
      duration_seconds: 412,
      outcome: 'callback_requested',
    },
  ),
  eventType(
    'call.missed',
    'Sent when a call is not answered.',
    extend(call, {
      required: { missed_at: timestamp('When the caller hung up or was cut off.') },
      optional: {
        voicemail: flag('Whether the caller left a message.'),
        rang_seconds: count('How long it rang.'),
      },
    }),
    { ...example, missed_at: '2026-01-19T18:20:30Z', voicemail: true, rang_seconds: 25 },
  ),
  eventType(
    'call.recorded',
    'Sent when the recording of a call is ready.',
    extend(call, { required: { recording }, optional: { started_at: startedAt } }),
    {
      ...example,
      started_at: '2026-01-19T08:58:03Z',
      recording: {
        url: 'https://recordings.vendor.example/call_01.mp3',
        duration_seconds: 412,
        content_type: 'audio/mpeg',
        expires_at: '2026-02-18T09:05:00Z',
        transcript_url: null,
      },
    },
  ),
]
