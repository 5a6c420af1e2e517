-- A refresh or repair that the service sends can be cancelled: what is not sent yet stays unsent.
-- Oldest version: mpc_delius/0008-refresh-places.sql

alter table mpc_delius.refresh_run add column cancelled_at timestamptz(3);
comment on column mpc_delius.refresh_run.cancelled_at is 'When an operator cancelled it; it ends once what was sent by then is settled.';
