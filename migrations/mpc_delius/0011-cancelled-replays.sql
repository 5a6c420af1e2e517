-- A replay that is not sent yet can be cancelled: not while a replica is sending it.
-- Oldest version: mpc_delius/0008-refresh-places.sql

alter table mpc_delius.quarantine add column claimed_at timestamptz(3);
comment on column mpc_delius.quarantine.claimed_at is 'When a replica began to send its newest replay; the claim holds until due_at.';
