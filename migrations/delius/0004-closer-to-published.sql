-- Three differences from Delius's published definitions (docs/delius.md), for an empty PostgreSQL only, as the files before.
-- Oldest version: mpc_delius/0008-refresh-places.sql

-- A team names its provider, and no key makes sure of it.

alter table team drop constraint team_probation_area_id_fkey;

-- Published are rules about these flags and an end that the service does not read; that a flag is 0 or 1 is ours.

alter table offender_manager rename constraint offender_manager_active_flag_check to ours_offender_manager_active_flag;
alter table disposal rename constraint disposal_active_flag_check to ours_disposal_active_flag;

-- An entry of the diary belongs to one member of staff, ours or another body's, and to one team.

alter table contact
  add column provider_employee_id bigint,
  add column provider_team_id bigint,
  add constraint contact_one_staff check ((staff_id is null) <> (provider_employee_id is null)),
  add constraint contact_one_team check ((team_id is null) <> (provider_team_id is null));
