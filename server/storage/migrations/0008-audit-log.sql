-- The audit log: one chain of entries per workspace, in commit order, and one (the nil UUID) for what belongs to none.
-- Nothing here refers to workspaces: the log of a deleted one is kept for as long as any other.

alter table workspaces add column audit_retention_days integer not null default 365;

-- The end of each chain. Whoever appends holds the row's lock until the commit: so sequences have no gap, and follow the
-- order of the commits.
create table audit_chains (
  workspace_id uuid primary key,
  number integer not null generated always as identity,  -- the chain in the keys of the search
  last_sequence bigint not null default 0,
  last_hash bytea,
  last_recorded_at timestamptz,
  streamed_sequence bigint not null default 0,            -- up to here entries have become events
  checkpointed_sequence bigint not null default 0,
  checkpointed_at timestamptz,
  purged_sequence bigint not null default 0,              -- entries up to here are gone, or about to go
  purged_at timestamptz
) with (fillfactor = 50);

create table audit_entries (
  workspace_id uuid not null,
  sequence bigint not null,
  id uuid not null unique,
  category text not null,
  action text not null,
  actor_type text not null,
  actor_id text not null,
  actor_name text,
  actor_ip text,
  target_type text not null,
  target_id text not null,
  target_name text,
  description text not null,
  metadata text not null,              -- canonical JSON, as it was hashed
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  recorded_by text not null,
  previous_hash bytea not null,
  hash bytea not null,
  search tsvector not null,
  primary key (workspace_id, sequence)
);
-- What was added lately waits in a list, and is put into the index together: that is four times cheaper. A search looks
-- at hundreds of places, and would read the list at each of them, so it empties the list first.
create index audit_entries_search on audit_entries using gin (search)
  with (fastupdate = on, gin_pending_list_limit = 1024);

-- Segments of a chain, 8,192 entries each, with the times that occur in them: what lies outside of the time that is
-- asked for is not looked at.
create table audit_segments (
  workspace_id uuid not null,
  segment bigint not null,
  earliest timestamptz not null,
  latest timestamptz not null,
  primary key (workspace_id, segment)
) with (fillfactor = 50);

create table audit_checkpoints (
  workspace_id uuid not null,
  sequence bigint not null,
  hash bytea not null,
  signed_at timestamptz not null,
  key_id text not null,
  signature text not null,
  primary key (workspace_id, sequence)
);

-- Append-only. The purge alone may delete, and says so in its transaction. Whoever owns the tables can switch this off:
-- that is what the chain and its signed checkpoints are for.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('atlas.audit_purge', true) = 'on' then return null; end if;
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entries_append_only before update or delete or truncate on audit_entries
  for each statement execute function refuse_audit_change();
create trigger audit_checkpoints_append_only before update or delete or truncate on audit_checkpoints
  for each statement execute function refuse_audit_change();
