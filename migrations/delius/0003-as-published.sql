-- Delius as its definitions were published (docs/delius.md), for an empty PostgreSQL only, as the file before. What the
-- published definitions do not hold and this service relies on is added at the end and named `ours_`.

-- No code is unique in Delius, nor are case numbers and user names.

alter table probation_area drop constraint probation_area_institution_id_fkey;
do $$
declare
  rule record;
begin
  for rule in
    select conrelid::regclass as relation, conname as name from pg_constraint
    where connamespace = current_schema()::regnamespace and contype = 'u'
  loop
    execute format('alter table %s drop constraint %I', rule.relation, rule.name);
  end loop;
end $$;

-- Instants are whole seconds of London wall time, as a replica of Oracle's DATE holds them.

alter table key_date drop constraint key_date_one_live;
alter table prison_offender_manager
  drop constraint prison_offender_manager_active,
  drop constraint prison_offender_manager_no_overlap;
alter table responsible_officer
  drop constraint responsible_officer_one_manager,
  drop constraint responsible_officer_one_open;
do $$
declare
  instant record;
begin
  for instant in
    select table_name as relation, column_name as name from information_schema.columns
    where table_schema = current_schema() and data_type = 'timestamp with time zone'
  loop
    execute format($sql$alter table %1$I alter column %2$I type timestamp(0) without time zone
      using date_trunc('second', %2$I at time zone 'Europe/London')$sql$, instant.relation, instant.name);
  end loop;
end $$;

-- Rows of training sessions stand beside the real ones; every row belongs to a partition area, which is 0 everywhere.

do $$
declare
  relation text;
begin
  foreach relation in array array['contact', 'key_date', 'staff', 'staff_team', 'offender', 'offender_manager', 'user_',
    'team', 'district', 'probation_area', 'r_institution', 'event', 'disposal', 'custody', 'registration',
    'r_register_type', 'r_contact_type', 'r_standard_reference_list', 'r_reference_data_master']
  loop
    execute format('alter table %I add column training_session_id bigint', relation);
  end loop;
  foreach relation in array array['offender', 'offender_manager', 'event', 'disposal', 'custody', 'registration'] loop
    execute format('alter table %I add column partition_area_id bigint not null default 0', relation);
    execute format('alter table %I alter column partition_area_id drop default', relation);
  end loop;
end $$;

-- Reference data

alter table r_reference_data_master alter column code_set_name type varchar(100);
alter table r_standard_reference_list
  alter column code_value type varchar(100),
  add column selectable char(1) not null default 'Y' check (selectable in ('Y', 'N'));
alter table r_standard_reference_list alter column selectable drop default;
alter table r_contact_type add column selectable char(1) not null default 'Y' check (selectable in ('Y', 'N'));
alter table r_contact_type alter column selectable drop default;
update r_register_type set register_type_flag_id = (
  select min(flag.standard_reference_list_id) from r_standard_reference_list flag
  join r_reference_data_master code_set using (reference_data_master_id)
  where code_set.code_set_name = 'REGISTER TYPE FLAG' and flag.code_value <> 'RoSH')
where register_type_flag_id is null;
alter table r_register_type alter column register_type_flag_id set not null;
create index r_reference_data_master_name on r_reference_data_master (code_set_name);
create index r_standard_reference_list_code on r_standard_reference_list (reference_data_master_id, code_value);
create index r_contact_type_code on r_contact_type (code);

-- Organisation

alter table r_institution
  drop constraint r_institution_pkey,
  add column establishment char(1) not null default 'Y' check (establishment in ('Y', 'N')),
  add column selectable char(1) not null default 'Y' check (selectable in ('Y', 'N')),
  alter column nomis_cde_code type varchar(50),
  add primary key (institution_id, establishment);
alter table r_institution alter column establishment drop default, alter column selectable drop default;
create index r_institution_nomis_code on r_institution (nomis_cde_code);

alter table probation_area
  add column establishment char(1) check (establishment in ('Y', 'N')),
  add column selectable char(1) not null default 'Y' check (selectable in ('Y', 'N')),
  add column end_date timestamp(0) without time zone;
alter table probation_area alter column selectable drop default;
update probation_area set establishment = 'Y' where institution_id is not null;
alter table probation_area add foreign key (institution_id, establishment) references r_institution;

alter table district alter column code type varchar(20), alter column description type varchar(30);

alter table team add column end_date timestamp(0) without time zone;
update team set district_id = (
  select district.district_id from district, probation_area provider
  where provider.probation_area_id = team.probation_area_id
  order by left(district.code, 3) <> provider.code, district.district_id limit 1)
where district_id is null;
alter table team alter column district_id set not null;
create index team_code on team (code);

alter table staff alter column officer_code drop not null, add check (start_date <= end_date);
create index staff_officer_code on staff (officer_code);

alter table user_
  alter column distinguished_name type varchar(500),
  add column end_date timestamp(0) without time zone;
create index user_name on user_ (upper(distinguished_name));

-- Cases

drop index offender_noms_number;
create index offender_noms_number on offender (upper(noms_number));
create index offender_crn on offender (upper(crn));

alter table offender_manager
  alter column team_id drop not null,
  alter column allocation_staff_id drop not null,
  add column allocation_date timestamp(0) without time zone not null default '2000-01-01';
alter table offender_manager alter column allocation_date drop default;

alter table custody alter column prisoner_number type varchar(10);

alter table registration add check (registration_date <= next_review_date);

-- One row for each custody, type and date, those that are deleted among them.

delete from key_date twin using key_date kept
where twin.soft_deleted = 1 and kept.custody_id = twin.custody_id and kept.key_date_type_id = twin.key_date_type_id
  and kept.key_date = twin.key_date and (kept.soft_deleted, kept.key_date_id) < (twin.soft_deleted, twin.key_date_id);
alter table key_date add constraint key_date_one_per_date unique (custody_id, key_date_type_id, key_date);

-- A row without an end is active and one with an end is not, be it deleted or live.

update prison_offender_manager set end_date = coalesce(end_date, allocation_date), active_flag = 0 where soft_deleted = 1;
alter table prison_offender_manager
  alter column email_address type varchar(255),
  add constraint prison_offender_manager_active
    check ((active_flag = 0 and end_date is not null) or (active_flag = 1 and end_date is null)),
  add constraint prison_offender_manager_dates check (allocation_date <= end_date);

-- Seen in code and not in the published definitions: it acts at once, not at commit.

create unique index responsible_officer_single_active on responsible_officer (offender_id) where end_date is null;

alter table contact
  alter column contact_start_time drop not null,
  alter column staff_id drop not null,
  alter column team_id drop not null,
  add column trust_provider_flag smallint check (trust_provider_flag in (0, 1)),
  add column staff_employee_id bigint,
  add column trust_provider_team_id bigint;
update contact set trust_provider_flag = 0, staff_employee_id = staff_id, trust_provider_team_id = team_id;
alter table contact
  alter column trust_provider_flag set not null,
  alter column staff_employee_id set not null,
  alter column trust_provider_team_id set not null,
  add constraint contact_staff_employee check (staff_employee_id = staff_id),
  add constraint contact_trust_provider_team check (trust_provider_team_id = team_id);

-- Keys begin high and sessions take them by the hundreds, so that no key tells which of two rows is older.

alter sequence contact_id_seq start 2500000000 restart 2500000000 cache 500;
alter sequence staff_id_seq start 2500000000 restart 2500000000 cache 500;
alter sequence key_date_id_seq cache 500;
alter sequence prison_offender_manager_id_seq cache 500;
alter sequence responsible_officer_id_seq cache 500;

-- An empty text is null on Oracle.

alter table staff add constraint ours_staff_no_empty_text check (forename <> '' and surname <> '' and officer_code <> '');
alter table prison_offender_manager add constraint ours_pom_no_empty_text check (email_address <> '');
alter table contact add constraint ours_contact_no_empty_text check (notes <> '');

-- What follows is not Delius's: rules of ours, checked when the transaction ends.

alter table prison_offender_manager add constraint ours_pom_no_overlap
  exclude using gist (offender_id with =, tsrange(allocation_date, end_date) with &&)
  where (soft_deleted = 0) deferrable initially deferred;
alter table key_date add constraint ours_key_date_one_live
  exclude using gist (custody_id with =, key_date_type_id with =)
  where (soft_deleted = 0 and training_session_id is null) deferrable initially deferred;
alter table responsible_officer add constraint ours_responsible_officer_one_manager
  check ((prison_offender_manager_id is null) <> (offender_manager_id is null));
