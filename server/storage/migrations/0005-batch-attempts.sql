-- An attempt that carried a batch is one row, whatever the number of its deliveries; each of these lists the attempts
-- that carried it. Its id bears the time of the attempt itself, since its deliveries may be of several days.

alter table attempts alter column delivery_id drop not null;
alter table attempts add column deliveries integer not null default 1;
alter table deliveries add column batch_attempts uuid[];
