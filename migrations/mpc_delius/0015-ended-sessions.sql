-- Sessions of the console that ended at sign-out: no copy of their cookies opens a page on any replica. And an index of quarantine.
-- Oldest version: mpc_delius/0008-refresh-places.sql

create table mpc_delius.ended_session (
  session_id text primary key,
  expires_at timestamptz(3) not null
);
comment on table mpc_delius.ended_session is 'Sessions of the console that ended at sign-out. A row is of no use once the session would be over anyway.';
comment on column mpc_delius.ended_session.expires_at is 'When the session would have run out.';
create index ended_session_expires_at on mpc_delius.ended_session (expires_at);

-- The page of an identifier that names no case asks what is quarantined of its number.
create index quarantine_noms_number on mpc_delius.quarantine (noms_number) where state in ('held', 'replaying');
