-- Statistics are counted as they happen, in the row that every recording updates anyway, and never go back: what happened
-- in a stretch of time is the difference of two samples.

alter table endpoint_health
  add column succeeded bigint not null default 0,           -- attempts
  add column failed bigint not null default 0,
  add column delivered bigint not null default 0,           -- deliveries
  add column dead_lettered bigint not null default 0,
  -- How many attempts took at most 1 ms, 2 ms, 3 ms and so on, by the bounds of domain/attempt-duration.ts: twelve
  -- decimal digits for each bound, those of the first one last.
  add column durations numeric not null default 0;

-- The counters as they stood at a full minute, for endpoints where they had changed since the sample before: there are
-- never more samples than attempts, and those of an endpoint that rests cost nothing.
create table endpoint_samples (
  endpoint_id uuid not null references endpoints on delete cascade,
  at timestamptz not null,
  succeeded bigint not null,
  failed bigint not null,
  delivered bigint not null,
  dead_lettered bigint not null,
  durations numeric not null,
  primary key (endpoint_id, at)
);
create index endpoint_samples_by_age on endpoint_samples (at);

-- One row: which node takes the samples of a minute is decided by who updates it first.
create table sampling (
  sampled_at timestamptz not null,
  thinned_until timestamptz not null
);
insert into sampling (sampled_at, thinned_until) values ('1970-01-01Z', '1970-01-01Z');
