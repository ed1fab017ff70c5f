-- Statistics are counted as they happen, in the row that every recording updates anyway, and never go back: what happened
-- in a stretch of time is the difference of two samples.

alter table endpoint_health
  add column succeeded bigint not null default 0,           -- attempts
  add column failed bigint not null default 0,
  add column delivered bigint not null default 0,           -- deliveries
  add column dead_lettered bigint not null default 0,
  add column durations bigint[] not null default '{}';      -- attempts by duration, one entry per bucket
