-- How a refresh goes is counted without reading what all other messages came to since.
-- Oldest version: mpc_delius/0008-refresh-places.sql

create index inbox_refresh on mpc_delius.inbox (settled_at)
  where event_type = 'manage-pom-cases-and-delius.internal.refresh';
create index journal_refresh on mpc_delius.journal (decided_at)
  where event_type = 'manage-pom-cases-and-delius.internal.refresh';
