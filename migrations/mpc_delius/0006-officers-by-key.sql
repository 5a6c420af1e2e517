-- Codes of officers are not unique in Delius: who stands for whom is kept by the officer's key. The version before keeps the code alone.

alter table mpc_delius.reconciled_officer
  add column staff_id bigint,
  drop constraint reconciled_officer_pkey;
comment on column mpc_delius.reconciled_officer.staff_id is 'Delius''s key of the officer.';
create unique index reconciled_officer_first on mpc_delius.reconciled_officer
  (reconciliation_run_id, officer_code, staff_id, staff_code) nulls not distinct;
