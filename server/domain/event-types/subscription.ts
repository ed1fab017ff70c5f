import {
  amount,
  changed,
  count,
  currency,
  eventType,
  extend,
  flag,
  id,
  object,
  recordTimes,
  text,
  timestamp,
} from './definition.ts'

const periodStart = timestamp('When the paid period began.')
const periodEnd = timestamp('When the paid period ends.')
const trialEnd = timestamp('When the trial ends.')

const subscription = {
  required: {
    id: id('The id of the subscription.'),
    plan: text('The plan that is subscribed to.', 'starter', 'growth'),
    status: text('The state that it is in.', 'trialing', 'active', 'past_due', 'paused', 'canceled'),
  },
  optional: {
    company_id: id('The company that subscribed.'),
    contact_id: id('The contact who gets the bills.'),
    quantity: count('How many seats or units.'),
    amount: amount('The price of a period.'),
    currency,
    interval: text('How long a period is.', 'month', 'year'),
    current_period_start: periodStart,
    current_period_end: periodEnd,
    trial_ends_at: trialEnd,
    cancel_at_period_end: flag('Whether it ends with the period instead of renewing.'),
    ...recordTimes,
  },
}

const payment = {
  required: { id: id('The id of the payment.'), amount: amount('What was to be paid.'), currency },
  optional: { invoice_id: id('The invoice that it is for.'), method: text('How it is paid.', 'card', 'sepa_debit') },
}

const paid = extend(payment, { required: { paid_at: timestamp('When it was paid.') } })

const unpaid = extend(payment, {
  required: { failed_at: timestamp('When it failed.') },
  optional: {
    failure_code: text('Why it failed, for programs.', 'card_declined', 'insufficient_funds'),
    failure_message: text('Why it failed, for people.'),
    next_attempt_at: timestamp('When it is tried again; null or absent if it is not.'),
  },
})

const example = {
  id: 'subscription_01',
  plan: 'growth',
  status: 'active',
  company_id: 'company_01',
  contact_id: 'contact_01',
  quantity: 120,
  amount: 2388,
  currency: 'EUR',
  interval: 'month',
  current_period_start: '2026-03-01T00:00:00Z',
  current_period_end: '2026-04-01T00:00:00Z',
  trial_ends_at: null,
  cancel_at_period_end: false,
  created_at: '2026-02-15T12:00:00Z',
  updated_at: '2026-03-01T00:00:00Z',
}

const onTrial = {
  ...example,
  status: 'trialing',
  current_period_start: '2026-02-15T12:00:00Z',
  current_period_end: '2026-03-01T00:00:00Z',
  trial_ends_at: '2026-03-01T00:00:00Z',
  updated_at: '2026-02-15T12:00:00Z',
}

const examplePayment = { id: 'payment_01', amount: 2388, currency: 'EUR', invoice_id: 'invoice_01', method: 'card' }

export const subscriptionEventTypes = [
  eventType('subscription.created', 'Sent when a subscription begins, with or without a trial.', subscription, onTrial),
  eventType(
    'subscription.updated',
    'Sent when fields of a subscription change for which there is no type of their own.',
    changed(subscription),
    { ...example, cancel_at_period_end: true, previous: { cancel_at_period_end: false } },
  ),
  eventType(
    'subscription.activated',
    'Sent when a subscription is paid for the first time or its trial turns into a paid one.',
    extend(subscription, { required: { activated_at: timestamp('When it became active.') } }),
    { ...example, activated_at: '2026-03-01T00:00:00Z' },
  ),
  eventType(
    'subscription.renewed',
    'Sent when a subscription goes on for another period.',
    extend(subscription, { required: { current_period_start: periodStart, current_period_end: periodEnd } }),
    { ...example, current_period_start: '2026-04-01T00:00:00Z', current_period_end: '2026-05-01T00:00:00Z' },
  ),
  eventType(
    'subscription.upgraded',
    'Sent when a subscription gets a bigger plan or more units.',
    changed(subscription),
    {
      ...example,
      plan: 'enterprise',
      amount: 3588,
      previous: { plan: 'growth', amount: 2388 },
    },
  ),
  eventType(
    'subscription.downgraded',
    'Sent when a subscription gets a smaller plan or fewer units.',
    changed(subscription),
    { ...example, quantity: 100, amount: 1990, previous: { quantity: 120, amount: 2388 } },
  ),
  eventType(
    'subscription.paused',
    'Sent when a subscription is suspended without being canceled.',
    extend(subscription, {
      required: { paused_at: timestamp('When it was suspended.') },
      optional: { resumes_at: timestamp('When it goes on by itself; null or absent if it does not.') },
    }),
    { ...example, status: 'paused', paused_at: '2026-03-10T09:00:00Z', resumes_at: '2026-05-01T00:00:00Z' },
  ),
  eventType(
    'subscription.resumed',
    'Sent when a paused subscription goes on.',
    extend(subscription, { required: { resumed_at: timestamp('When it went on.') } }),
    { ...example, resumed_at: '2026-05-01T00:00:00Z' },
  ),
  eventType(
    'subscription.canceled',
    'Sent when a subscription is canceled, at once or for the end of its period.',
    extend(subscription, {
      required: { canceled_at: timestamp('When it was canceled.') },
      optional: {
        ends_at: timestamp('When access ends.'),
        reason: text('The reason that was given.', 'too_expensive', 'missing_feature'),
      },
    }),
    {
      ...example,
      status: 'canceled',
      canceled_at: '2026-03-20T11:00:00Z',
      ends_at: '2026-04-01T00:00:00Z',
      reason: 'missing_feature',
    },
  ),
  eventType(
    'subscription.trial_ending',
    'Sent some days before the trial of a subscription ends.',
    extend(subscription, { required: { trial_ends_at: trialEnd } }),
    onTrial,
  ),
  eventType(
    'subscription.payment_succeeded',
    'Sent when a payment for a subscription succeeds.',
    extend(subscription, { required: { payment: object('The payment.', paid) } }),
    { ...example, payment: { ...examplePayment, paid_at: '2026-03-01T00:00:12Z' } },
  ),
  eventType(
    'subscription.payment_failed',
    'Sent when a payment for a subscription fails.',
    extend(subscription, { required: { payment: object('The payment.', unpaid) } }),
    {
      ...example,
      status: 'past_due',
      payment: {
        ...examplePayment,
        failed_at: '2026-03-01T00:00:12Z',
        failure_code: 'insufficient_funds',
        failure_message: 'The card has insufficient funds.',
        next_attempt_at: '2026-03-04T00:00:00Z',
      },
    },
  ),
]
