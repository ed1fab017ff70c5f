-- Configuration: workspaces and what belongs to them. Small tables, cached in memory by every node.

create table workspaces (
  id uuid primary key,
  name text not null,
  slug text unique,
  strict_types boolean not null default false,
  validate_payloads boolean not null default false,
  -- Rises with every change of anything a publish depends on. The accept statement compares it with the version that
  -- the fan-out was planned with, so that a stale cache can never miss an endpoint.
  config_version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table api_keys (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  hash bytea not null unique,
  scopes text[] not null,
  expires_at timestamptz,
  created_at timestamptz not null
);
create index api_keys_of_workspace on api_keys (workspace_id, id);

create table event_types (
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  group_name text not null,
  description text not null,
  schema text,
  example text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (workspace_id, name)
);

create type endpoint_status as enum ('active', 'paused', 'disabled', 'deleted');

create table endpoints (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  url text not null,
  description text not null default '',
  stream text not null default 'events',
  profile text not null default 'atlas',
  types text[] not null default '{}',
  filter text,
  tags text[] not null default '{}',
  serialize boolean not null default false,
  headers bytea,                       -- sealed JSON object
  secret bytea not null,               -- sealed
  timeout_seconds real not null default 10,
  retry_schedule_seconds integer[] not null,
  max_per_second real,
  max_in_flight integer not null default 20,
  batch jsonb,
  options jsonb not null default '{}',
  status endpoint_status not null default 'active',
  status_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index endpoints_of_workspace on endpoints (workspace_id, id);

-- The two rows of an endpoint that the pipeline writes all the time, apart from its configuration and from each other:
-- accept locks one, record the other, and neither waits for the other room. Room in the page keeps the updates HOT.
create table endpoint_sequences (
  endpoint_id uuid primary key references endpoints on delete cascade,
  last_sequence bigint not null default 0
) with (fillfactor = 50);

create table endpoint_health (
  endpoint_id uuid primary key references endpoints on delete cascade,
  last_attempt_at timestamptz,
  last_state text,
  last_status smallint,
  last_success_at timestamptz
) with (fillfactor = 50);

-- Nodes: running server processes. A delivery in a node's memory carries the node's id as its owner.
create table nodes (
  id integer generated always as identity primary key,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  dead_at timestamptz
);

-- Events, deliveries, attempts: a partition a day, by the time in the UUIDv7, so that the primary key stays a single
-- column, a look-up by id touches one partition and retention is a drop. A delivery carries its event's time in its id
-- and an attempt its delivery's, so all three live and go on the same day.

create table events (
  id uuid not null primary key,
  workspace_id uuid not null,
  type text not null,
  tags text[] not null,
  created bigint not null,             -- Unix seconds, as it goes out
  test boolean not null default false,
  received_at timestamptz not null,
  data text not null                   -- exactly as it was published and as it will be sent
) partition by range (id);
create index events_of_workspace on events (workspace_id, id);

-- What is stored. 'held' (its endpoint does not take deliveries now) and 'delivering' (a node has it in hand) follow
-- from the endpoint's status and from owner, so that pausing a backlog of millions is one row.
create type delivery_state as enum ('pending', 'retrying', 'delivered', 'dead_letter', 'canceled');

create table deliveries (
  id uuid not null primary key,
  event_id uuid not null,
  endpoint_id uuid not null,
  workspace_id uuid not null,
  type text not null,
  sequence bigint not null,            -- 0: a test send, outside the numbering
  state delivery_state not null,
  owner integer not null default 0,    -- a node's id; 0: nobody, waiting to be claimed
  attempt_count integer not null default 0,
  cycle_attempts integer not null default 0,
  first_attempt_at timestamptz,        -- of this cycle
  next_attempt_at timestamptz,
  scheduled_retry_at timestamptz,      -- the retry that a replay in between must leave as it was
  dead_lettered_at timestamptz,
  created_at timestamptz not null,
  settled_at timestamptz
) partition by range (id);
create index deliveries_of_workspace on deliveries (workspace_id, id);
create index deliveries_of_endpoint on deliveries (endpoint_id, id);
-- One index for both questions of the dispatcher: what is due at this endpoint (owner = 0), and what did that dead node
-- hold (owner = its id). Settled deliveries are not in it, so it stays as small as the backlog.
create index deliveries_waiting on deliveries (owner, endpoint_id, next_attempt_at)
  where state in ('pending', 'retrying');

create type attempt_outcome as enum ('success', 'retry', 'give_up');

create table attempts (
  id uuid not null primary key,        -- its delivery's time, then random: the attempts of a delivery lie together
  delivery_id uuid not null,
  workspace_id uuid not null,
  endpoint_id uuid not null,
  number integer not null,
  started_at timestamptz not null,
  duration_ms integer not null,
  outcome attempt_outcome not null,
  error text,
  error_detail text,
  url text not null,
  request_headers text not null,       -- a line each; values of the endpoint's own headers masked
  response_status smallint,
  response_headers text,               -- a line each
  response_body text,
  response_truncated boolean not null default false
) partition by range (id);

create table idempotency_keys (
  workspace_id uuid not null,
  key text not null,
  body_hash bytea not null,
  response text not null,
  created_at timestamptz not null,
  primary key (workspace_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
