import type { Transaction } from "../../platform/database/database.ts";
import { lockIdentifiers, lockPersons, tryLockIdentifiers, tryLockPersons } from "./lookup-store.ts";
import { nomsNumberOf, solePerson, type Prepared } from "./prepared-message.ts";

/** Whether the case of a message is locked by this transaction. */
export type IsLocked = (prepared: Prepared) => boolean;

/** Locks the cases of all these messages, waiting for those that another session holds. */
export async function lockAll(tx: Transaction, set: readonly Prepared[]): Promise<IsLocked> {
  const { identifiers, persons } = listLocks(set);
  await Promise.all([
    identifiers.length > 0 ? lockIdentifiers(tx, identifiers) : null,
    persons.length > 0 ? lockPersons(tx, persons) : null,
  ]);
  return () => true;
}

/** Locks those cases that no other session holds at this moment. */
export async function lockFree(tx: Transaction, set: readonly Prepared[]): Promise<IsLocked> {
  const { identifiers, persons } = listLocks(set);
  const had = await Promise.all([
    identifiers.length > 0 ? tryLockIdentifiers(tx, identifiers) : [],
    persons.length > 0 ? tryLockPersons(tx, persons) : [],
  ]);
  const locked = new Set<unknown>(had.flat());
  return (prepared) => {
    const wanted = listLocks([prepared]);
    return [...wanted.identifiers, ...wanted.persons].every((one) => locked.has(one));
  };
}

function listLocks(set: readonly Prepared[]) {
  return {
    identifiers: set.flatMap(({ message, lookup }) => nomsNumberOf(message, lookup) ?? []),
    persons: set.flatMap(({ lookup }) => solePerson(lookup)?.offenderId ?? []),
  };
}
