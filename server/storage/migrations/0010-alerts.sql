-- Alerts: periods in which an endpoint is in trouble. One begins with a dead letter, or when the endpoint is paused because
-- it fails, and ends with the first success after that.

alter table workspaces add column alert_emails text[] not null default '{}';

alter table endpoint_health
  -- The last failed attempts, the newest first: [{at, error, detail, status}]. Of equal ones in a row, the last.
  add column failures jsonb not null default '[]',
  -- How many of the dead letters alerts know of. A new dead letter puts the endpoint into the index below.
  add column noticed_dead_lettered bigint not null default 0;
update endpoint_health set noticed_dead_lettered = dead_lettered where dead_lettered > 0;
create index endpoint_health_to_notice on endpoint_health (endpoint_id) where dead_lettered > noticed_dead_lettered;

-- closed: the endpoint was deleted.
create type alert_state as enum ('open', 'recovered', 'closed');

create table alerts (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  endpoint_id uuid not null references endpoints on delete cascade,
  state alert_state not null default 'open',
  reason text not null,                -- dead_letters, paused or gone
  opened_at timestamptz not null,
  troubled_at timestamptz not null,    -- the last trouble: a success after it ends the alert
  ended_at timestamptz,
  times_opened integer not null default 1,
  dead_lettered bigint not null,
  counted_to bigint not null,          -- the endpoint's dead letters up to this one are in it, or in alerts before it
  failures jsonb not null,             -- of the endpoint, at the last trouble
  -- Something in it has not been told by a mail. What was told last, and when the hour began that the next one waits for.
  untold boolean not null default true,
  mailed_state alert_state,
  mailed_at timestamptz,
  -- What came of the mails.
  mails_sent integer not null default 0,
  mail_sent_at timestamptz,
  told_dead_lettered bigint not null default 0,
  mail_failure jsonb                   -- of the last try that failed: {at, address, error}
);
create unique index alerts_open on alerts (endpoint_id) where state = 'open';
create index alerts_of_endpoint on alerts (endpoint_id, id);
create index alerts_of_workspace on alerts (workspace_id, id);
create index alerts_open_of_workspace on alerts (workspace_id, id) where state = 'open';
create index alerts_untold on alerts (id) where untold;
create index alerts_mailed on alerts (workspace_id, mailed_at);
create index alerts_ended on alerts (ended_at) where ended_at is not null;

-- Mails that wait to be sent, a row for each address; what is sent or given up is removed.
create table alert_mails (
  id uuid primary key,
  alert_id uuid not null references alerts on delete cascade,
  address text not null,
  subject text not null,
  body_text text not null,
  body_html text not null,
  dead_lettered bigint not null,       -- how many it tells of
  tries integer not null default 0,
  queued_at timestamptz not null,
  -- While a node sends it, this is when others may take it for given up.
  due_at timestamptz not null
);
create index alert_mails_of_alert on alert_mails (alert_id);
create index alert_mails_due on alert_mails (due_at);
