/** An officer's name. */
export interface OfficerName {
  readonly forename: string;
  readonly surname: string;
}

/** Whether two names are the same: white space of any kind around them and letter case do not count (rule S1). */
export function isSameName(one: OfficerName, other: OfficerName): boolean {
  return fold(one.forename) === fold(other.forename) && fold(one.surname) === fold(other.surname);
}

const around = /^[\p{White_Space}\uFEFF]+|[\p{White_Space}\uFEFF]+$/gu;

function fold(name: string): string {
  return name.replaceAll(around, "").toLowerCase();
}

/** The letters of a name that every locale folds alike: equal names have equal keys ("İ" and "K" become ASCII). */
export function nameKey(name: string): string {
  return fold(name).replaceAll(/[^a-hjl-z]/g, "");
}
