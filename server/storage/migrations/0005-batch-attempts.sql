-- An attempt that carried a batch is one row, whatever the number of its deliveries; each of these lists the attempts
-- that carried it. Its id bears the time of the attempt itself, since its deliveries may be of several days.

alter table attempts alter column delivery_id drop not null;
alter table attempts add column deliveries integer not null default 1;
alter table deliveries add column batch_attempts uuid[];

-- Where a receiver took a part of a batch only: what came of each delivery that it did not take, by the delivery's id.
alter table attempts add column failed_items jsonb;
