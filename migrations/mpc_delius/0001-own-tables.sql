-- Our own record of what arrived, what was decided and why (spec 2.5). Delius itself holds none of this.

create table mpc_delius.inbox (
  inbox_key         text primary key check (length(inbox_key) between 1 and 200),
  event_type        text,
  noms_number       text,
  crn               text,
  received_at       timestamptz(3) not null,
  settled_at        timestamptz(3) not null default clock_timestamp(),
  deliveries        integer not null default 1,
  last_delivered_at timestamptz(3)
);
comment on table mpc_delius.inbox is 'One row for each message settled, written in the transaction that wrote its effect; later deliveries are only counted.';
create index inbox_settled_at on mpc_delius.inbox (settled_at);

create table mpc_delius.journal (
  journal_id    bigint generated always as identity (cache 1) primary key,
  inbox_key     text not null,
  fact          text check (fact in ('handover', 'allocation')),
  offender_id   bigint,
  event_type    text,
  noms_number   text,
  crn           text,
  occurred_at   timestamptz(3),
  received_at   timestamptz(3) not null,
  decided_at    timestamptz(3) not null,
  outcome       text not null,
  outcome_class text not null check (outcome_class in ('written', 'no change', 'waiting', 'quarantined')),
  dry_run       boolean not null default false,
  properties    json not null,
  answer        json,
  reasons       json not null,
  changes       json not null,
  trace_id      text
);
comment on table mpc_delius.journal is 'One row for each message and fact: what Manage POM Cases answered, what was decided, the reasons in sentences and each record before and after. Dry runs never move the fence.';
create index journal_fence on mpc_delius.journal (offender_id, fact, journal_id) where not dry_run;
create index journal_inbox_key on mpc_delius.journal (inbox_key);
create index journal_noms_number on mpc_delius.journal (noms_number, journal_id);
create index journal_decided_at on mpc_delius.journal (decided_at, journal_id);
create index journal_unwritten on mpc_delius.journal (decided_at) where outcome_class <> 'written' or dry_run;

create table mpc_delius.attempt (
  attempt_id  bigint generated always as identity primary key,
  inbox_key   text not null,
  event_type  text,
  failed_at   timestamptz(3) not null default clock_timestamp(),
  receives    integer not null,
  dependency  text not null,
  error_class text not null
);
comment on table mpc_delius.attempt is 'One row for each failed attempt, written in a transaction of its own.';
create index attempt_inbox_key on mpc_delius.attempt (inbox_key);
create index attempt_failed_at on mpc_delius.attempt (failed_at);

create table mpc_delius.waiting (
  noms_number text not null,
  fact        text not null check (fact in ('handover', 'allocation')),
  outcome     text not null,
  waits_for   text not null check (waits_for in ('prison identifier', 'sentence change')),
  inbox_key   text not null,
  since       timestamptz(3) not null,
  primary key (noms_number, fact)
);
create index waiting_outcome on mpc_delius.waiting (outcome, since, noms_number, fact);
comment on table mpc_delius.waiting is 'Cases that cannot be written yet, and the event that will unblock each.';

create table mpc_delius.quarantine (
  quarantine_id bigint generated always as identity primary key,
  inbox_key     text not null,
  fact          text check (fact in ('handover', 'allocation')),
  event_type    text,
  noms_number   text,
  reason        text not null,
  error         text not null,
  body          text not null,
  attributes    json not null,
  first_seen    timestamptz(3) not null,
  last_seen     timestamptz(3) not null,
  replays       integer not null default 0,
  state         text not null default 'held' check (state in ('held', 'replaying', 'discarded', 'settled')),
  changed_at    timestamptz(3) not null default clock_timestamp(),
  due_at        timestamptz(3),
  sent_at       timestamptz(3),
  unique nulls not distinct (inbox_key, fact)
);
comment on table mpc_delius.quarantine is 'Messages set aside for a person, whole, with the reason.';
comment on column mpc_delius.quarantine.changed_at is 'Since when it is in its state.';
comment on column mpc_delius.quarantine.due_at is 'When a replay is to be sent, or sent again.';
comment on column mpc_delius.quarantine.sent_at is 'When its newest replay was sent last.';
create index quarantine_state on mpc_delius.quarantine (state, reason, quarantine_id);
create index quarantine_due on mpc_delius.quarantine (due_at) where state = 'replaying';
create index quarantine_closed on mpc_delius.quarantine (changed_at) where state in ('settled', 'discarded');

create table mpc_delius.intake_state (
  only_row   boolean primary key default true check (only_row),
  running    boolean not null default true,
  changed_at timestamptz(3) not null default clock_timestamp(),
  changed_by text,
  reason     text
);
insert into mpc_delius.intake_state default values;

create table mpc_delius.operator_action (
  operator_action_id bigint generated always as identity primary key,
  taken_at           timestamptz(3) not null default clock_timestamp(),
  actor              text not null,
  action             text not null,
  reason             text,
  subject            jsonb not null
);
comment on table mpc_delius.operator_action is 'Who did what to which messages or cases, when and why.';
create index operator_action_taken_at on mpc_delius.operator_action (taken_at);
create index operator_action_message on mpc_delius.operator_action using gin ((subject -> 'inboxKeys'));

create table mpc_delius.refresh_run (
  refresh_run_id text primary key,
  started_at     timestamptz(3) not null default clock_timestamp(),
  finished_at    timestamptz(3),
  started_by     text not null,
  dry_run        boolean not null,
  remove_stale   boolean not null,
  selection      json not null,
  last_offender  bigint,
  sent           bigint not null default 0
);

create table mpc_delius.reconciliation_run (
  reconciliation_run_id bigint generated always as identity primary key,
  started_at            timestamptz(3) not null default clock_timestamp(),
  finished_at           timestamptz(3),
  selection             json not null,
  chosen                bigint[],
  last_offender         bigint,
  compared              bigint not null default 0
);
comment on column mpc_delius.reconciliation_run.chosen is 'The cases that a sample was drawn of; null for other selections.';

create table mpc_delius.difference (
  difference_id         bigint generated always as identity primary key,
  reconciliation_run_id bigint not null references mpc_delius.reconciliation_run,
  offender_id           bigint not null,
  noms_number           text not null,
  fact                  text check (fact in ('handover', 'allocation')),
  class                 text not null,
  outcome               text not null,
  in_mpc                json,
  in_delius             json,
  deletes               integer not null default 0,
  confirmed             boolean not null default false,
  found_at              timestamptz(3) not null default clock_timestamp()
);
create index difference_run on mpc_delius.difference (reconciliation_run_id, offender_id, difference_id);
create index difference_unconfirmed on mpc_delius.difference (reconciliation_run_id, offender_id) where not confirmed;
comment on column mpc_delius.difference.deletes is 'How many live dates a repair would delete.';
comment on column mpc_delius.difference.confirmed is 'A second reading shows it too: only then it is reported.';

create table mpc_delius.reconciled_officer (
  reconciliation_run_id bigint not null references mpc_delius.reconciliation_run,
  officer_code          text not null,
  staff_code            bigint not null,
  offender_id           bigint not null,
  noms_number           text not null,
  primary key (reconciliation_run_id, officer_code, staff_code)
);
comment on table mpc_delius.reconciled_officer is 'Which NOMIS staff codes an officer of Delius stands for, with the first case of each; emptied when the run ends.';

create table mpc_delius.staff_email (
  username      text primary key,
  email_address text,
  read_at       timestamptz(3) not null
);
comment on table mpc_delius.staff_email is 'Last known address of each staff user, so that a directory outage survives a restart.';

-- A write statement calls this with the rows it expected to change. The commit travels behind the write without
-- waiting for its answer, so a row that somebody else changed since it was read must fail the statement itself.
create function mpc_delius.require_rows(changed_table text, expected bigint, changed bigint) returns void
language plpgsql as $$
begin
  if expected <> changed then
    raise exception 'stale row_version in %: expected % rows, changed %', changed_table, expected, changed
      using errcode = 'serialization_failure';
  end if;
end $$;
