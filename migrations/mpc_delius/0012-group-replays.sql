-- A group of quarantined messages is replayed by itself: a few first, then the rest at a rate.
-- Oldest version: mpc_delius/0008-refresh-places.sql

create table mpc_delius.group_replay (
  group_replay_id   bigint generated always as identity primary key,
  started_at        timestamptz(3) not null default clock_timestamp(),
  finished_at       timestamptz(3),
  cancelled_at      timestamptz(3),
  ordered_by        text not null,
  order_reason      text not null,
  quarantine_reason text not null,
  messages          integer not null,
  batches           integer not null default 0,
  batch             text[] not null default '{}',
  batch_sent_at     timestamptz(3),
  settled           integer not null default 0,
  failed            integer not null default 0,
  cancelled         integer not null default 0
);
comment on table mpc_delius.group_replay is 'The messages that were held for one reason when an operator ordered it, replayed batch by batch.';
comment on column mpc_delius.group_replay.batch is 'The messages of the batch that is under way; those before it are counted.';
comment on column mpc_delius.group_replay.batch_sent_at is 'When all of its batch were first seen to be sent: they are waited for half an hour from then.';
-- A group whose replay is cancelled can be ordered again while what was sent of it is not settled yet.
create unique index group_replay_under_way on mpc_delius.group_replay (quarantine_reason)
  where finished_at is null and cancelled_at is null;
create index group_replay_open on mpc_delius.group_replay (group_replay_id) where finished_at is null;
create index group_replay_started_at on mpc_delius.group_replay (started_at);
