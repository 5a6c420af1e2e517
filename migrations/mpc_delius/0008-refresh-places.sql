-- Refresh messages that are under way hold a place each; there are so many for all senders together.
-- Oldest version: mpc_delius/0005-console-forms.sql

create table mpc_delius.refresh_place (
  place     smallint primary key,
  inbox_key text,
  taken_at  timestamptz(3),
  check ((inbox_key is null) = (taken_at is null))
);
comment on table mpc_delius.refresh_place is 'The message that holds the place. It is free again when the message is settled, or has taken too long.';
insert into mpc_delius.refresh_place (place) select generate_series(1, 64);
