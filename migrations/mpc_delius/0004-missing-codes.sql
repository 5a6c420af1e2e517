-- A write statement calls this with the rows that it expected to add. A row that has no code value to refer to is not
-- added: unlike a stale row, that does not pass by itself, so it fails in a way of its own.
create function mpc_delius.require_codes(changed_table text, expected bigint, added bigint) returns void
language plpgsql as $$
begin
  if expected <> added then
    raise exception 'a code value is missing or doubled for %: expected % new rows, added %', changed_table, expected, added
      using errcode = 'MPC01';
  end if;
end $$;
