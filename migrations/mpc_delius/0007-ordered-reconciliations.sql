-- A reconciliation that an operator orders is carried out by the service itself, one at a time over all replicas.
-- Oldest version: mpc_delius/0006-officers-by-key.sql

alter table mpc_delius.reconciliation_run
  add column ordered_by text,
  add column due_at timestamptz(3),
  add column cancelled_at timestamptz(3);
comment on column mpc_delius.reconciliation_run.ordered_by is 'Who ordered it; null where a command carries it out.';
comment on column mpc_delius.reconciliation_run.due_at is 'When a replica of the service may go on with it; null where a command carries it out, and once it is over.';
comment on column mpc_delius.reconciliation_run.cancelled_at is 'When an operator cancelled it.';
create unique index reconciliation_run_under_way on mpc_delius.reconciliation_run ((true)) where due_at is not null;
