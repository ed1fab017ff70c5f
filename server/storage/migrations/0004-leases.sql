-- Endpoints that need one place of control (an order, a rate, batches) are served by one node at a time, which holds
-- their lease. All others are served by any node.

create table endpoint_leases (
  endpoint_id uuid primary key references endpoints on delete cascade,
  node integer not null,               -- 0: nobody
  epoch bigint not null default 1,     -- rises whenever the lease changes hands
  not_before timestamptz,              -- when the next request may be made, for an endpoint with a rate
  -- For a serialized endpoint: every delivery that waits for it is marked as ordered.
  lined_up boolean not null default false
);
create index endpoint_leases_of_node on endpoint_leases (node) where node <> 0;

-- Said by the code that saves an endpoint; claims of nodes that do not know yet are refused by it.
alter table endpoints add column leased boolean not null default false;

-- Whether the delivery is of a serialized endpoint. Only those pay for the index that finds the head of their line:
-- what has been attempted and waits for its retry, then the lowest sequence.
alter table deliveries add column ordered boolean not null default false;
create index deliveries_in_order on deliveries (endpoint_id, state, sequence)
  where ordered and state in ('pending', 'retrying');
