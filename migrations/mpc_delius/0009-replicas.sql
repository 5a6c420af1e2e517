-- How the intake of each replica stands: every replica keeps a row of its own.
-- Oldest version: mpc_delius/0008-refresh-places.sql

create table mpc_delius.replica (
  replica_id uuid primary key,
  name       text not null,
  state      text not null,
  waits_for  text,
  in_work    integer not null,
  held       integer not null,
  seen_at    timestamptz(3) not null default clock_timestamp()
);
comment on table mpc_delius.replica is 'How the intake of each replica stands, as it wrote itself. A row that is not renewed is left out, and soon removed.';
comment on column mpc_delius.replica.name is 'Name of the host, which is that of the pod.';
comment on column mpc_delius.replica.held is 'Messages that it has received and not begun.';
