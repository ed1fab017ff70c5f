-- Sessions of the customer portal: what a product's customers manage their own endpoints with.

create table portal_sessions (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  hash bytea not null unique,          -- SHA-256 of the token, which itself is never stored
  actor_id text,                       -- who uses it, as the product says
  actor_name text,
  expires_at timestamptz not null,
  created_at timestamptz not null
);
create index portal_sessions_of_workspace on portal_sessions (workspace_id, id);
create index portal_sessions_expired on portal_sessions (expires_at);
