-- What the service's own database user may do, and nothing else. Run it as the owner of the tables, after
-- `npm run migrate`, and again after every upgrade:
--
--   psql --set role=mpc_delius_service --set schema=public --file deploy/grants.sql "$DATABASE_URL"
--
-- `role` is a log-in role that exists and owns nothing here; `schema` is where Delius's tables stand (DELIUS_SCHEMA).
-- Migrations run as the owner: the service itself creates, alters and drops nothing.
--
-- This script is generated from src/delius/schema/delius-tables.ts: `npm run docs` writes it.

begin;

revoke all on all tables in schema :"schema" from :"role";
revoke all on all sequences in schema :"schema" from :"role";
revoke all on schema :"schema" from :"role";
revoke all on all tables in schema mpc_delius from :"role";
revoke all on all sequences in schema mpc_delius from :"role";
revoke all on schema mpc_delius from :"role";

grant usage on schema :"schema" to :"role";
set local search_path = :"schema";

-- Delius. Nothing of it is ever deleted. Rows of offender and probation_area are locked and never changed: PostgreSQL
-- asks for the right to update one column for that.

grant select (prison_offender_manager_id, row_version, offender_id, allocation_date, allocation_reason_id, allocation_staff_id, allocation_team_id, probation_area_id, end_date, active_flag, email_address, soft_deleted, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id),
  insert (prison_offender_manager_id, row_version, offender_id, allocation_date, allocation_reason_id, allocation_staff_id, allocation_team_id, probation_area_id, end_date, active_flag, email_address, soft_deleted, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id),
  update (end_date, active_flag, email_address, soft_deleted, row_version, last_updated_datetime, last_updated_user_id)
  on prison_offender_manager to :"role";
grant select (responsible_officer_id, row_version, offender_id, prison_offender_manager_id, start_date, end_date, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id, offender_manager_id),
  insert (responsible_officer_id, row_version, offender_id, prison_offender_manager_id, start_date, end_date, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id),
  update (prison_offender_manager_id, start_date, end_date, row_version, last_updated_datetime, last_updated_user_id)
  on responsible_officer to :"role";
grant insert (contact_id, row_version, offender_id, contact_type_id, contact_date, contact_start_time, notes, probation_area_id, team_id, staff_id, trust_provider_flag, trust_provider_team_id, staff_employee_id, soft_deleted, partition_area_id, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
  on contact to :"role";
grant select (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted, partition_area_id, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id, training_session_id),
  insert (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted, partition_area_id, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id),
  update (key_date, soft_deleted, row_version, last_updated_datetime, last_updated_user_id)
  on key_date to :"role";
grant select (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date, private, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id, forename2, end_date, training_session_id),
  insert (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date, private, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
  on staff to :"role";
grant select (staff_id, team_id, row_version, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id, training_session_id),
  insert (staff_id, team_id, row_version, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
  on staff_team to :"role";
grant select (offender_id, row_version, crn, noms_number, current_tier, soft_deleted, training_session_id),
  update (row_version)
  on offender to :"role";
grant select (probation_area_id, row_version, code, description, institution_id, establishment, selectable, end_date, training_session_id),
  update (row_version)
  on probation_area to :"role";
grant select (offender_manager_id, offender_id, allocation_date, team_id, allocation_staff_id, probation_area_id, active_flag, soft_deleted, training_session_id)
  on offender_manager to :"role";
grant select (user_id, distinguished_name, staff_id, end_date, training_session_id)
  on user_ to :"role";
grant select (team_id, code, description, district_id, probation_area_id, end_date, training_session_id)
  on team to :"role";
grant select (district_id, code, description, training_session_id)
  on district to :"role";
grant select (institution_id, establishment, nomis_cde_code, selectable, training_session_id)
  on r_institution to :"role";
grant select (event_id, offender_id, active_flag, soft_deleted, training_session_id)
  on event to :"role";
grant select (disposal_id, event_id, active_flag, soft_deleted, training_session_id)
  on disposal to :"role";
grant select (custody_id, disposal_id, custodial_status_id, soft_deleted, training_session_id)
  on custody to :"role";
grant select (case_allocation_id, offender_id, event_id, allocation_decision_id, allocation_decision_date)
  on case_allocation to :"role";
grant select (registration_id, offender_id, register_type_id, register_level_id, register_category_id, registration_date, next_review_date, deregistered, soft_deleted, created_datetime, training_session_id)
  on registration to :"role";
grant select (register_type_id, code, register_type_flag_id, training_session_id)
  on r_register_type to :"role";
grant select (contact_type_id, code, selectable, training_session_id)
  on r_contact_type to :"role";
grant select (standard_reference_list_id, code_value, code_description, reference_data_master_id, selectable, training_session_id)
  on r_standard_reference_list to :"role";
grant select (reference_data_master_id, code_set_name, training_session_id)
  on r_reference_data_master to :"role";
grant usage on sequence prison_offender_manager_id_seq, responsible_officer_id_seq, contact_id_seq, key_date_id_seq, staff_id_seq
  to :"role";

-- Our own schema. The journal and the record of operators' actions are never changed once written; they
-- lose only what its time is up for.

grant usage on schema mpc_delius to :"role";
grant execute on function mpc_delius.require_rows(text, bigint, bigint) to :"role";
grant execute on function mpc_delius.require_codes(text, bigint, bigint) to :"role";
grant select on mpc_delius.migration to :"role";
grant select, insert, update, delete on mpc_delius.inbox to :"role";
grant select, insert, delete on mpc_delius.journal to :"role";
grant select, insert, delete on mpc_delius.attempt to :"role";
grant select, insert, update, delete on mpc_delius.waiting to :"role";
grant select, insert, update, delete on mpc_delius.quarantine to :"role";
grant select, insert, update, delete on mpc_delius.group_replay to :"role";
grant select, update on mpc_delius.intake_state to :"role";
grant select, insert, update, delete on mpc_delius.replica to :"role";
grant select, insert, delete on mpc_delius.operator_action to :"role";
grant select, insert on mpc_delius.refused_redrive to :"role";
grant select, insert, update, delete on mpc_delius.console_form to :"role";
grant select, insert, delete on mpc_delius.ended_session to :"role";
grant select, insert, update, delete on mpc_delius.refresh_run to :"role";
grant select, update on mpc_delius.refresh_place to :"role";
grant select, insert, update, delete on mpc_delius.reconciliation_run to :"role";
grant select, insert, update, delete on mpc_delius.difference to :"role";
grant select, insert, update, delete on mpc_delius.reconciled_officer to :"role";
grant select, insert, update, delete on mpc_delius.staff_email to :"role";

commit;
