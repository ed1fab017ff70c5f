-- Where the time of an attempt went. Null where there was no such part: most attempts travel on a connection that was kept
-- from one before, and have only the last.

alter table attempts
  add column dns_ms integer,
  add column connect_ms integer,
  add column tls_ms integer,
  add column first_byte_ms integer;
