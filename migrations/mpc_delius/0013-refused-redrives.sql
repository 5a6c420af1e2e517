-- Which messages a redrive did not move is known only after it is recorded, and the record of an action is never changed.
-- Oldest version: mpc_delius/0008-refresh-places.sql

create table mpc_delius.refused_redrive (
  operator_action_id bigint not null references mpc_delius.operator_action on delete cascade,
  inbox_key          text not null,
  message            text not null,
  primary key (operator_action_id, inbox_key)
);
comment on table mpc_delius.refused_redrive is 'Messages that an action was to redrive and did not, and why.';
