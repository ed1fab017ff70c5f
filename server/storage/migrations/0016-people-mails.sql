-- Mails to people: invitations, and links to set a forgotten password anew.

-- Mails that wait to be sent; what is sent or given up is removed. They carry links, so their content is sealed.
create table people_mails (
  id uuid primary key,
  -- Null: it is about an account. Another invitation to the same address gets another id.
  invitation_id uuid references invitations on update cascade on delete cascade,
  address text not null,
  sealed bytea not null,
  tries integer not null default 0,
  queued_at timestamptz not null,
  useless_at timestamptz not null,     -- its link has ended by then
  -- While a node sends it, this is when others may take it for given up.
  due_at timestamptz not null
);
create index people_mails_due on people_mails (due_at);
create index people_mails_of_invitation on people_mails (invitation_id);

-- What came of the last mail of an invitation.
alter table invitations
  add column mailed_at timestamptz,
  add column mail_failure jsonb;       -- of the last try that failed: {at, error}

-- How many mails strangers had us send lately, by the hash of what they are counted for.
create table mail_allowances (
  key_hash bytea primary key,
  taken integer not null,
  ends_at timestamptz not null         -- then the count begins anew
);
create index mail_allowances_ended on mail_allowances (ends_at);

-- An account has one password, whoever sets it at the same time.
create unique index account_password on sign_in.account ("userId") where "providerId" = 'credential';
