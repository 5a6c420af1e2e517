-- A repair sends a few cases first, and the rest when all of these went well or an operator lets it continue.
-- Oldest version: mpc_delius/0008-refresh-places.sql

alter table mpc_delius.refresh_run
  add column rest_at timestamptz(3) default now(),
  add column held_at timestamptz(3);
comment on column mpc_delius.refresh_run.rest_at is 'Since when all of its cases may be sent; null while only the first few may.';
comment on column mpc_delius.refresh_run.held_at is 'Since when it waits for an operator, because not all of the first few went well.';
