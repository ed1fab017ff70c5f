-- What the last attempt of a delivery came to, beside the delivery: a page of the log shows it without a look at the
-- attempts, and dead letters are told apart by it. Null before the first attempt, and what versions without it recorded.

alter table deliveries
  add column last_attempt_at timestamptz,
  add column last_duration_ms integer,
  add column last_status smallint,             -- of the response; null: there was none
  add column last_error text;                  -- null: it was a success

-- With what they are grouped and chosen by, so that a million of them are counted without a look at the deliveries.
drop index deliveries_dead;
create index deliveries_dead on deliveries (workspace_id, id)
  include (endpoint_id, type, last_error, last_status, dead_lettered_at) where state = 'dead_letter';

-- Jobs on a group of dead letters, and jobs that leave the audit stream alone: those of the customer portal.
alter table jobs
  add column last_error text,                  -- null: whatever they failed with
  add column last_status smallint,             -- null: any, or none
  add column stream text;                      -- null: all

-- When a person last said that the endpoint takes deliveries again: what failed before says nothing about it since then.
alter table endpoints add column resumed_at timestamptz;
