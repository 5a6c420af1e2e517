import { createChance, type Chance } from "../sandbox/seed/random-numbers.ts";
import { openFilledQueue, writeAllocationEvent, type FilledQueue } from "./queue-load.ts";
import type { Population } from "./population.ts";
import type { Program } from "./program.ts";
import { startStandIns, withClient, type Seeded, type World } from "./world.ts";

/** What one run of a consumer through a full queue cost. */
export interface Consumed {
  readonly messages: number;
  readonly seconds: number;
  /** Processor seconds of the consumer's processes. */
  readonly ownSeconds: number;
  readonly serverSeconds: number;
  readonly standInSeconds: number;
}

/** A consumer of messages with a database, queue and stand-ins of its own; it waits for messages while others are measured. */
export interface Consumer extends AsyncDisposable {
  readonly programs: readonly Program[];
  readonly databaseUrl: string;
  readonly queue: Omit<FilledQueue, typeof Symbol.dispose>;
  /** Gives everybody another POM in Manage POM Cases, and answers events of so many different cases. */
  newTurn(messages: number): Promise<readonly string[]>;
  /** The same cases as the last turn's again, of whom nothing has changed. */
  sameTurn(): readonly string[];
  /** Waits until the queue is empty and says what that has cost. */
  drain(messages: number): Promise<Consumed>;
  /** Fills the queue and measures from when the messages can be received until it is empty. */
  consume(bodies: readonly string[]): Promise<Consumed>;
}

/** How a consumer is started. */
export interface ConsumerSettings {
  readonly world: World;
  readonly seeded: Seeded;
  readonly start: (environment: Readonly<Record<string, string>>) => Promise<readonly Program[]>;
  readonly trouble?: Trouble;
}

/** What fails for the people of the population who are in trouble. */
export interface Trouble {
  /** Settings of the stand-ins. */
  readonly standIns: Readonly<Record<string, string>>;
  /** Statements that change the database. */
  readonly statements: readonly string[];
}

/** Starts a consumer. */
export async function startConsumer({ world, seeded, start, trouble }: ConsumerSettings): Promise<Consumer> {
  await using starting = new AsyncDisposableStack();
  const copy = starting.use(await world.copy(seeded));
  await prepare(copy.url, trouble);
  const standIns = starting.use(await startStandIns(seeded, trouble?.standIns));
  const queue = starting.use(openFilledQueue(standIns.environment));
  const programs = await start({ PORT: "0", DATABASE_URL: copy.url, ...standIns.environment });
  programs.forEach((program) => starting.use(program));
  const used = () => ({
    own: programs.reduce((sum, program) => sum + program.processorSeconds(), 0),
    server: world.serverSeconds(),
    standIns: standIns.program.processorSeconds(),
    at: performance.now() / 1000,
  });
  const drain = async (messages: number): Promise<Consumed> => {
    const before = used();
    await queue.untilLeft(0);
    const after = used();
    return {
      messages,
      seconds: after.at - before.at,
      ownSeconds: after.own - before.own,
      serverSeconds: after.server - before.server,
      standInSeconds: after.standIns - before.standIns,
    };
  };
  const resources = starting.move();
  return {
    programs,
    databaseUrl: copy.url,
    queue,
    ...takeTurns(seeded.population, standIns.environment["MPC_API_URL"] ?? ""),
    drain,
    consume: async (bodies) => {
      await queue.fill(bodies);
      return drain(bodies.length);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function takeTurns({ establishments, cases }: Population, origin: string): Pick<Consumer, "newTurn" | "sameTurn"> {
  const chance = createChance(1);
  let turn = 0;
  let last: readonly [string, number][] = [];
  const write = () =>
    last.map(([noms, place]) => {
      const officers = establishments[place]?.officers ?? [];
      return writeAllocationEvent(origin, noms, officers[turn % officers.length]?.code ?? 0);
    });
  return {
    newTurn: async (messages) => {
      turn += 1;
      last = drawCases(cases, messages, chance);
      await fetch(`${origin}/turn/${turn}`, { method: "PUT" });
      return write();
    },
    sameTurn: write,
  };
}

function drawCases(cases: Population["cases"], most: number, chance: Chance): readonly [string, number][] {
  if (most > cases.length) throw new Error(`There are only ${cases.length} cases that events can be about.`);
  const drawn = new Map<string, number>();
  while (drawn.size < most) drawn.set(...chance.pick(cases));
  return [...drawn];
}

async function prepare(databaseUrl: string, trouble: Trouble | undefined): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    for (const statement of trouble?.statements ?? []) await client.query(statement);
  });
}
