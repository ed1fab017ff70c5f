-- What was counted in a minute, or in an hour once it is a day old: for each workspace, and for all of them together. Sums
-- over endpoints are then read, not made: a workspace with a thousand endpoints costs what one with a single one does.
-- Unlike samples these are what was added since the one before, since closed tunnels take their counters with them.

create table workspace_counts (
  workspace_id uuid not null references workspaces on delete cascade,
  at timestamptz not null,             -- the end of the minute, or of the last one in its hour
  succeeded bigint not null,
  failed bigint not null,
  delivered bigint not null,
  dead_lettered bigint not null,
  durations numeric not null,
  primary key (workspace_id, at)
);
create index workspace_counts_by_age on workspace_counts (at);

create table service_counts (
  at timestamptz primary key,
  succeeded bigint not null,
  failed bigint not null,
  delivered bigint not null,
  dead_lettered bigint not null
);

alter table sampling add column summed_until timestamptz not null default '1970-01-01Z';

insert into workspace_counts (workspace_id, at, succeeded, failed, delivered, dead_lettered, durations)
select workspace_id, at, sum(succeeded), sum(failed), sum(delivered), sum(dead_lettered), sum(durations)
from (
  select e.workspace_id, s.at,
    s.succeeded - coalesce(lag(s.succeeded) over earlier, 0) as succeeded,
    s.failed - coalesce(lag(s.failed) over earlier, 0) as failed,
    s.delivered - coalesce(lag(s.delivered) over earlier, 0) as delivered,
    s.dead_lettered - coalesce(lag(s.dead_lettered) over earlier, 0) as dead_lettered,
    s.durations - coalesce(lag(s.durations) over earlier, 0) as durations
  from endpoint_samples s join endpoints e on e.id = s.endpoint_id
  window earlier as (partition by s.endpoint_id order by s.at)
) added
group by workspace_id, at;

-- What a node is, beside its id, for whoever looks after them.
alter table nodes
  add column host text,
  add column version text,
  add column roles text[];
