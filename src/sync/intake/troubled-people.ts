/** Those whose last message failed, by what failed. */
export interface TroubledPeople {
  /** A message about this person failed at this reading of `Uptime`. */
  add(person: string, dependency: string, at: number): void;
  /** A message about this person was settled. */
  remove(person: string): void;
  /** What failed the last message about this person; null when nothing did. */
  find(person: string, at: number): string | null;
  /** How many there are for each dependency. */
  count(at: number): Readonly<Record<string, number>>;
}

interface Trouble {
  readonly dependency: string;
  readonly at: number;
}

// Longer than the longest wait between two attempts at a message.
const rememberedMs = 3_600_000;
const maxRemembered = 10_000;

/** Remembers them for an hour after the last failure; of very many, the latest. */
export function rememberTroubled(): TroubledPeople {
  const troubled = new Map<string, Trouble>();
  const isRecent = (trouble: Trouble, now: number) => now - trouble.at < rememberedMs;
  return {
    add: (person, dependency, at) => {
      troubled.delete(person);
      troubled.set(person, { dependency, at });
      const [oldest] = troubled.keys();
      if (troubled.size > maxRemembered && oldest !== undefined) troubled.delete(oldest);
    },
    remove: (person) => void troubled.delete(person),
    find: (person, at) => {
      const trouble = troubled.get(person);
      return trouble !== undefined && isRecent(trouble, at) ? trouble.dependency : null;
    },
    count: (at) => {
      const counts: Record<string, number> = {};
      for (const trouble of troubled.values()) {
        if (isRecent(trouble, at)) counts[trouble.dependency] = (counts[trouble.dependency] ?? 0) + 1;
      }
      return counts;
    },
  };
}
