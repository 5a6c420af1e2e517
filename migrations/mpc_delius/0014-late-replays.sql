-- One message that is never settled does not stop the replay of its group.
-- Oldest version: mpc_delius/0005-console-forms.sql

alter table mpc_delius.group_replay add column batch_sent_at timestamptz(3);
comment on column mpc_delius.group_replay.batch_sent_at is 'When all of its batch were first seen to be sent: they are waited for half an hour from then.';
