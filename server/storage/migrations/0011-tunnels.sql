-- A tunnel is an endpoint whose requests travel to a CLI instead of a URL. It is active while the CLI is connected, and for
-- a while after; the node that has the connection holds the lease.

alter table endpoints add column tunnel text;        -- the hash of the CLI's id; null: an ordinary endpoint
create index endpoints_of_clients on endpoints (workspace_id, tunnel) where tunnel is not null;
create index open_tunnels on endpoints (workspace_id) where tunnel is not null and status in ('active', 'paused');

-- Since when nobody holds it: until then the tunnel was connected.
alter table endpoint_leases add column released_at timestamptz;
