-- What a reconciliation came to is kept with it, and a repair that an operator orders is sent by the service itself.

alter table mpc_delius.reconciliation_run add column totals json;
comment on column mpc_delius.reconciliation_run.totals is 'Differences by class, and the live dates that a repair would delete; null until the run ends.';
create index reconciliation_run_started_at on mpc_delius.reconciliation_run (started_at);

alter table mpc_delius.refresh_run add column due_at timestamptz(3);
comment on column mpc_delius.refresh_run.due_at is 'When a replica of the service may go on with it; null where a command or a request sends it.';
create index refresh_run_due on mpc_delius.refresh_run (due_at) where finished_at is null;
create index refresh_run_started_at on mpc_delius.refresh_run (started_at);
