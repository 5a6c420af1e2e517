-- Messages that name a case by a CRN which Delius does not have are found by that CRN. Few rows are such.

create index journal_unknown_crn on mpc_delius.journal (crn) where offender_id is null and crn is not null;
