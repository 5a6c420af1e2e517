-- Officers are found by the letters of their surname that no locale and no letter case changes; names are compared in code.
drop index if exists staff_name;
create index staff_name on staff (probation_area_id, regexp_replace(lower(surname collate "C"), '[^a-hjl-z]', '', 'g'));
