-- Forms of the console that were sent: a second click, or a second replica, finds that the first was taken already.
create table mpc_delius.console_form (
  form_id uuid primary key,
  taken_at timestamptz not null default now(),
  result jsonb
);

create index console_form_taken_at on mpc_delius.console_form (taken_at);
