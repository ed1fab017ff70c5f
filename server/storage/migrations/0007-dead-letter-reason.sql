-- Why a delivery was given up: 'retries_exhausted' or 'rejected' (retrying cannot mend it).

alter table deliveries add column dead_letter_reason text;
