-- A group whose replay is cancelled can be ordered again while what was sent of it is not settled yet.
-- Oldest version: mpc_delius/0005-console-forms.sql

drop index mpc_delius.group_replay_under_way;
create unique index group_replay_under_way on mpc_delius.group_replay (quarantine_reason)
  where finished_at is null and cancelled_at is null;
create index group_replay_open on mpc_delius.group_replay (group_replay_id) where finished_at is null;
