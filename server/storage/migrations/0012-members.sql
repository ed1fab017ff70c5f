-- People: their accounts, which workspaces they are members of, and who was invited.

-- The tables and columns in this schema are those of better-auth, under its names. Nothing else writes to them.
create schema sign_in;

create table sign_in."user" (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  email text not null unique,
  "emailVerified" boolean not null,
  image text,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null default current_timestamp,
  "twoFactorEnabled" boolean,
  -- Ours: may do everything, like the operator's key.
  operator boolean not null default false
);

create table sign_in.session (
  id uuid primary key default gen_random_uuid(),
  "expiresAt" timestamptz not null,
  token text not null unique,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "userId" uuid not null references sign_in."user" on delete cascade
);
create index sessions_of_user on sign_in.session ("userId");

create table sign_in.account (
  id uuid primary key default gen_random_uuid(),
  "accountId" text not null,
  "providerId" text not null,
  "userId" uuid not null references sign_in."user" on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  scope text,
  password text,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null
);
create index accounts_of_user on sign_in.account ("userId");

create table sign_in.verification (
  id uuid primary key default gen_random_uuid(),
  identifier text not null,
  value text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null default current_timestamp
);
create index verification_identifier on sign_in.verification (identifier);

create table sign_in."twoFactor" (
  id uuid primary key default gen_random_uuid(),
  secret text not null,
  "backupCodes" text not null,
  "userId" uuid not null references sign_in."user" on delete cascade,
  verified boolean,
  "failedVerificationCount" integer,
  "lockedUntil" timestamptz
);
create index two_factor_secret on sign_in."twoFactor" (secret);
create index two_factor_user on sign_in."twoFactor" ("userId");

create table sign_in."rateLimit" (
  id uuid primary key default gen_random_uuid(),
  key text not null unique,
  count integer not null,
  "lastRequest" bigint not null
);

create type member_role as enum ('viewer', 'member', 'admin', 'owner');

create table members (
  workspace_id uuid not null references workspaces on delete cascade,
  user_id uuid not null references sign_in."user" on delete cascade,
  role member_role not null,
  created_at timestamptz not null,
  primary key (workspace_id, user_id)
);
create index members_of_user on members (user_id);

create table invitations (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  email text not null,
  role member_role not null,
  -- SHA-256: the token itself is in the link only.
  token_hash bytea not null unique,
  invited_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  unique (workspace_id, email)
);

-- Failed sign-ins of an account, known or not, by the hash of its e-mail.
create table sign_in_failures (
  account_hash bytea primary key,
  failures integer not null,
  last_at timestamptz not null
);
