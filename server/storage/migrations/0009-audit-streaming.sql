-- Entries of the audit log go to endpoints of the stream `audit` as events do: as rows of `events` and `deliveries`.

alter table workspaces add column audit_type_prefix text not null default 'pro.atmos';

alter table events add column stream text not null default 'events';
alter table events add column milliseconds smallint not null default 0;  -- of `created`, where the stream tells them

-- The list of events does not have to pass by entries of the audit log, which may be a thousand times as many.
drop index events_of_workspace;
create index events_of_workspace on events (workspace_id, id) where stream = 'events';

-- How far a chain has been streamed, apart from the chain itself, whose row everybody who appends has to lock. There is a
-- row only while somebody wants what is recorded.
alter table audit_chains drop column streamed_sequence;
create table audit_streams (
  workspace_id uuid primary key references workspaces on delete cascade,
  streamed_sequence bigint not null
) with (fillfactor = 50);

-- Which entries go to an endpoint of the stream: those that were recorded while it took events.
create table endpoint_spans (
  endpoint_id uuid primary key references endpoints on delete cascade,
  after_sequence bigint not null,
  last_sequence bigint                 -- null: it takes events now
);
