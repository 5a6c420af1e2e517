-- The Delius tables that the service reads and writes (spec 2.1, 2.2), for an empty PostgreSQL only: sandbox, tests and
-- replicas that start from nothing. Against a real Delius this folder is never applied.

create extension if not exists btree_gist;

-- Reference data

create table r_reference_data_master (
  reference_data_master_id bigint primary key,
  code_set_name            varchar(50) not null unique
);

create table r_standard_reference_list (
  standard_reference_list_id bigint primary key,
  code_value                 varchar(20) not null,
  code_description           varchar(500) not null,
  reference_data_master_id   bigint not null references r_reference_data_master,
  unique (reference_data_master_id, code_value)
);

create table r_contact_type (
  contact_type_id bigint primary key,
  code            varchar(10) not null unique
);

create table r_register_type (
  register_type_id      bigint primary key,
  code                  varchar(10) not null unique,
  register_type_flag_id bigint references r_standard_reference_list
);

-- Organisation

create table r_institution (
  institution_id bigint primary key,
  nomis_cde_code varchar(6) unique
);

create table probation_area (
  probation_area_id bigint primary key,
  row_version       bigint not null default 0,
  code              char(3) not null unique,
  description       varchar(60) not null,
  institution_id    bigint references r_institution
);
create index probation_area_institution on probation_area (institution_id);

create table district (
  district_id bigint primary key,
  code        varchar(10) not null,
  description varchar(50) not null
);

create table team (
  team_id           bigint primary key,
  code              char(6) not null unique,
  description       varchar(50) not null,
  district_id       bigint references district,
  probation_area_id bigint not null references probation_area
);

create sequence staff_id_seq;
create table staff (
  staff_id              bigint primary key,
  row_version           bigint not null,
  officer_code          char(7) not null unique,
  forename              varchar(35) not null,
  forename2             varchar(35),
  surname               varchar(35) not null,
  probation_area_id     bigint not null references probation_area,
  start_date            timestamptz(3) not null,
  end_date              timestamptz(3),
  private               smallint not null check (private in (0, 1)),
  created_datetime      timestamptz(3) not null,
  created_by_user_id    bigint not null,
  last_updated_datetime timestamptz(3) not null,
  last_updated_user_id  bigint not null
);
create index staff_name on staff (probation_area_id, lower(btrim(surname)), lower(btrim(forename)));
create index staff_provider_code on staff (left(officer_code, 3));

create table staff_team (
  staff_id              bigint not null references staff,
  team_id               bigint not null references team,
  row_version           bigint not null,
  created_datetime      timestamptz(3) not null,
  created_by_user_id    bigint not null,
  last_updated_datetime timestamptz(3) not null,
  last_updated_user_id  bigint not null,
  primary key (staff_id, team_id)
);

create table user_ (
  user_id            bigint primary key,
  distinguished_name varchar(255) not null unique,
  staff_id           bigint references staff
);
create index user_staff on user_ (staff_id);

-- Cases

create table offender (
  offender_id  bigint primary key,
  row_version  bigint not null default 0,
  crn          char(7) not null unique,
  noms_number  char(7),
  current_tier bigint references r_standard_reference_list,
  soft_deleted smallint not null check (soft_deleted in (0, 1))
);
create index offender_noms_number on offender (noms_number);

create table offender_manager (
  offender_manager_id bigint primary key,
  offender_id         bigint not null references offender,
  team_id             bigint not null references team,
  allocation_staff_id bigint not null references staff,
  probation_area_id   bigint not null references probation_area,
  active_flag         smallint not null check (active_flag in (0, 1)),
  soft_deleted        smallint not null check (soft_deleted in (0, 1))
);
create index offender_manager_offender on offender_manager (offender_id);

create table event (
  event_id     bigint primary key,
  offender_id  bigint not null references offender,
  active_flag  smallint not null check (active_flag in (0, 1)),
  soft_deleted smallint not null check (soft_deleted in (0, 1))
);
create index event_offender on event (offender_id);

create table disposal (
  disposal_id  bigint primary key,
  event_id     bigint not null references event,
  active_flag  smallint not null check (active_flag in (0, 1)),
  soft_deleted smallint not null check (soft_deleted in (0, 1))
);
create index disposal_event on disposal (event_id);

create table custody (
  custody_id          bigint primary key,
  disposal_id         bigint not null references disposal,
  prisoner_number     varchar(35),
  custodial_status_id bigint not null references r_standard_reference_list,
  soft_deleted        smallint not null check (soft_deleted in (0, 1))
);
create index custody_disposal on custody (disposal_id);

create sequence key_date_id_seq;
create table key_date (
  key_date_id           bigint primary key,
  row_version           bigint not null,
  custody_id            bigint not null references custody,
  key_date_type_id      bigint not null references r_standard_reference_list,
  key_date              date not null,
  soft_deleted          smallint not null check (soft_deleted in (0, 1)),
  partition_area_id     bigint not null,
  created_datetime      timestamptz(3) not null,
  created_by_user_id    bigint not null,
  last_updated_datetime timestamptz(3) not null,
  last_updated_user_id  bigint not null,
  constraint key_date_one_live exclude using gist (custody_id with =, key_date_type_id with =)
    where (soft_deleted = 0) deferrable initially deferred
);
create index key_date_custody on key_date (custody_id);

create table case_allocation (
  case_allocation_id       bigint primary key,
  offender_id              bigint not null references offender,
  event_id                 bigint not null references event,
  allocation_decision_id   bigint references r_standard_reference_list,
  allocation_decision_date timestamptz(3)
);
create index case_allocation_offender on case_allocation (offender_id);
create index case_allocation_event on case_allocation (event_id);

create table registration (
  registration_id      bigint primary key,
  offender_id          bigint not null references offender,
  register_type_id     bigint not null references r_register_type,
  register_level_id    bigint references r_standard_reference_list,
  register_category_id bigint references r_standard_reference_list,
  registration_date    date not null,
  next_review_date     date,
  deregistered         smallint not null check (deregistered in (0, 1)),
  soft_deleted         smallint not null check (soft_deleted in (0, 1)),
  created_datetime     timestamptz(3) not null
);
create index registration_offender on registration (offender_id);

create sequence prison_offender_manager_id_seq;
create table prison_offender_manager (
  prison_offender_manager_id bigint primary key,
  row_version                bigint not null,
  offender_id                bigint not null references offender,
  allocation_date            timestamptz(3) not null,
  allocation_reason_id       bigint not null references r_standard_reference_list,
  allocation_staff_id        bigint not null references staff,
  allocation_team_id         bigint not null references team,
  probation_area_id          bigint not null references probation_area,
  end_date                   timestamptz(3),
  active_flag                smallint not null check (active_flag in (0, 1)),
  email_address              varchar(254),
  soft_deleted               smallint not null check (soft_deleted in (0, 1)),
  created_datetime           timestamptz(3) not null,
  created_by_user_id         bigint not null,
  last_updated_datetime      timestamptz(3) not null,
  last_updated_user_id       bigint not null,
  constraint prison_offender_manager_active
    check ((active_flag = 1) = (end_date is null and soft_deleted = 0)),
  constraint prison_offender_manager_no_overlap
    exclude using gist (offender_id with =, tstzrange(allocation_date, end_date) with &&)
    where (soft_deleted = 0) deferrable initially deferred
);
create index prison_offender_manager_offender on prison_offender_manager (offender_id);

create sequence responsible_officer_id_seq;
create table responsible_officer (
  responsible_officer_id     bigint primary key,
  row_version                bigint not null,
  offender_id                bigint not null references offender,
  prison_offender_manager_id bigint references prison_offender_manager,
  offender_manager_id        bigint references offender_manager,
  start_date                 timestamptz(3) not null,
  end_date                   timestamptz(3),
  created_datetime           timestamptz(3) not null,
  created_by_user_id         bigint not null,
  last_updated_datetime      timestamptz(3) not null,
  last_updated_user_id       bigint not null,
  constraint responsible_officer_one_manager
    check ((prison_offender_manager_id is null) <> (offender_manager_id is null)),
  constraint responsible_officer_one_open
    exclude using gist (offender_id with =) where (end_date is null) deferrable initially deferred
);
create index responsible_officer_offender on responsible_officer (offender_id);
create index responsible_officer_pom on responsible_officer (prison_offender_manager_id);

create sequence contact_id_seq;
create table contact (
  contact_id            bigint primary key,
  row_version           bigint not null,
  offender_id           bigint not null references offender,
  contact_type_id       bigint not null references r_contact_type,
  contact_date          date not null,
  contact_start_time    timestamptz(3) not null,
  notes                 text,
  probation_area_id     bigint not null references probation_area,
  team_id               bigint not null references team,
  staff_id              bigint not null references staff,
  soft_deleted          smallint not null check (soft_deleted in (0, 1)),
  partition_area_id     bigint not null,
  created_datetime      timestamptz(3) not null,
  created_by_user_id    bigint not null,
  last_updated_datetime timestamptz(3) not null,
  last_updated_user_id  bigint not null
);
create index contact_offender on contact (offender_id);
