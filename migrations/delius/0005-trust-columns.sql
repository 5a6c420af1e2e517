-- The trust columns of a diary entry also follow another body's employee and team, as published (docs/delius.md), for an empty
-- PostgreSQL only, as the files before.
-- Oldest version: mpc_delius/0008-refresh-places.sql

update contact
set staff_employee_id = coalesce(staff_id, provider_employee_id), trust_provider_team_id = coalesce(team_id, provider_team_id)
where staff_id is null or team_id is null;

alter table contact
  drop constraint contact_staff_employee,
  drop constraint contact_trust_provider_team,
  add constraint contact_staff_employee check (staff_employee_id = coalesce(staff_id, provider_employee_id)),
  add constraint contact_trust_provider_team check (trust_provider_team_id = coalesce(team_id, provider_team_id));
