-- Secrets that were rotated away and still sign beside the new one, each until its own time.
create table previous_secrets (
  endpoint_id uuid not null references endpoints on delete cascade,
  id uuid not null,                    -- rises with each rotation
  secret bytea not null,               -- sealed
  expires_at timestamptz not null,
  primary key (endpoint_id, id)
);
create index previous_secrets_by_expiry on previous_secrets (expires_at);
