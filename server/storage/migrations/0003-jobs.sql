-- Bulk work on deliveries, in chunks: each chunk is one short transaction that also moves the job's cursor, under the
-- lock of the job's row. So whichever node works, and however it ends, no delivery is skipped and none is done twice.

create type job_state as enum ('running', 'done', 'canceled', 'failed');

create table jobs (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  kind text not null,
  endpoint_id uuid,                    -- null: all endpoints of the workspace
  delivery_ids uuid[],                 -- null: all between the bounds
  since timestamptz,
  until timestamptz not null,
  states delivery_state[] not null,
  types text[] not null,               -- empty: all
  state job_state not null default 'running',
  counted_to uuid not null,            -- the cursor of the count that comes first; what lies beyond is not counted yet
  counted bigint not null default 0,
  total bigint,                        -- null: still counting
  done_to uuid not null,               -- the cursor of the work
  done bigint not null default 0,
  error text,
  due_at timestamptz not null,         -- when the next chunk may be done
  advanced_at timestamptz not null,
  created_at timestamptz not null,
  finished_at timestamptz
);
create index jobs_of_workspace on jobs (workspace_id, id);
create index jobs_running on jobs (due_at) where state = 'running';

-- Among a month of deliveries, dead letters are few.
create index deliveries_dead on deliveries (workspace_id, id) where state = 'dead_letter';
